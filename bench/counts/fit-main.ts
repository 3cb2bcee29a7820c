import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CoefficientFile, Coefficients } from '../../converter/backends/c/counts/coefficients.ts';
import { predictedCounts } from '../../converter/backends/c/counts/predict.ts';
import type { CountedCpu } from '../../converter/backends/c/counts/processors.ts';
import { runProcess } from '../../targets/process.ts';
import { QEMU_MACHINES } from '../../targets/qemu/machines.ts';
import { TOOLCHAINS } from '../../targets/qemu/toolchains.ts';
import { requireTool } from '../../targets/tools.ts';
import { root } from '../places.ts';
import { fitCoefficients } from './fit.ts';
import { type Observation, observe } from './observe.ts';
import { trainingSet } from './training.ts';

/**
 * Fits the coefficients of the processors that are named on the command line, of all without any, and writes them into
 * converter/backends/c/counts/coefficients.json. Emulators count what they have not counted before.
 */

/** Processors with coefficients of their own. */
const fitted = ['cortex-m0plus', 'cortex-m3', 'cortex-m4', 'cortex-m7', 'cortex-m33', 'cortex-m55', 'rv32imc'] as const;

const path = join(root, 'converter/backends/c/counts/coefficients.json');

async function observations(cpu: CountedCpu): Promise<readonly Observation[]> {
  const all: Observation[] = [];
  for (const training of trainingSet()) {
    try {
      all.push(...(await observe(training.package(), cpu)).observations);
    } catch (error) {
      process.stderr.write(`${cpu}: ${training.name}: ${error instanceof Error ? error.message : error}\n`);
    }
  }
  return all;
}

async function compilerOf(cpu: CountedCpu): Promise<string> {
  const { cpuFlags, toolchain } = QEMU_MACHINES[cpu];
  const { stdout } = await runProcess(requireTool(TOOLCHAINS[toolchain].compiler), ['--version'], {
    cwd: root,
    timeoutMs: 10_000,
  });
  return [stdout.split('\n')[0] ?? '', '-O2', ...cpuFlags].join(' ');
}

const round = (number: number) => Math.round(number * 1000) / 1000;

/** The file with the coefficients of some processors replaced. */
function merged(
  before: CoefficientFile,
  fits: ReadonlyMap<CountedCpu, { readonly coefficients: Coefficients; readonly compiler: string }>,
): CoefficientFile {
  const costs = new Map<string, ReadonlyMap<string, number>>();
  for (const [cpu, { statements }] of Object.entries(before.processors)) {
    costs.set(cpu, new Map(before.statements.map((key, i) => [key, statements[i] ?? -1])));
  }
  for (const [cpu, { coefficients }] of fits) costs.set(cpu, coefficients.statements);
  const used = [...costs.values()].flatMap((one) => [...one].flatMap(([key, cost]) => (cost < 0 ? [] : [key])));
  const statements = [...new Set(used)].sort();
  const names = [...costs.keys()].sort();
  return {
    source: 'fitted on instruction counts of emulators, see docs/instruction-counts.md',
    compilers: { ...before.compilers, ...Object.fromEntries([...fits].map(([cpu, { compiler }]) => [cpu, compiler])) },
    statements,
    processors: Object.fromEntries(
      names.map((cpu) => {
        const fit = [...fits].find(([name]) => name === cpu)?.[1].coefficients;
        const kinds =
          fit === undefined
            ? (before.processors[cpu]?.kinds ?? {})
            : Object.fromEntries(
                [...fit.kinds].map(([kind, classes]) => [
                  kind,
                  Object.fromEntries([...classes].map(([name, cost]) => [name, round(cost)])),
                ]),
              );
        return [cpu, { kinds, statements: statements.map((key) => round(costs.get(cpu)?.get(key) ?? -1)) }];
      }),
    ),
  };
}

function textOf(file: CoefficientFile): string {
  const { source, compilers, statements, processors } = file;
  const list = (items: readonly string[]) =>
    `[\n${items.map((item) => `      ${JSON.stringify(item)}`).join(',\n')}\n    ]`;
  const each = Object.entries(processors).map(([cpu, { kinds, statements: costs }]) => {
    const lines = Object.entries(kinds).map(([kind, cost]) => `      ${JSON.stringify(kind)}: ${JSON.stringify(cost)}`);
    return `    ${JSON.stringify(cpu)}: {"kinds": {\n${lines.join(',\n')}\n    }, "statements": ${JSON.stringify(costs)}}`;
  });
  return `{
  "source": ${JSON.stringify(source)},
  "compilers": ${JSON.stringify(compilers, null, 2).replaceAll('\n', '\n  ')},
  "statements": ${list(statements)},
  "processors": {\n${each.join(',\n')}\n  }\n}\n`;
}

const wanted = fitted.filter((cpu) => process.argv.length < 3 || process.argv.includes(cpu));
const fits = new Map<CountedCpu, { readonly coefficients: Coefficients; readonly compiler: string }>();
for (const cpu of wanted) {
  const all = await observations(cpu);
  const coefficients = fitCoefficients(all);
  fits.set(cpu, { coefficients, compiler: await compilerOf(cpu) });
  const errors = all.map(({ trips, instructions }) => {
    return Math.abs(predictedCounts(trips, coefficients).instructions / instructions - 1);
  });
  const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
  const off = errors.filter((error) => error > 0.08).length;
  process.stdout.write(`${cpu}: ${all.length} layers, mean error ${(100 * mean).toFixed(2)} %, ${off} above 8 %\n`);
}
const empty: CoefficientFile = { source: '', compilers: {}, statements: [], processors: {} };
const before: CoefficientFile = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : empty;
writeFileSync(path, textOf(merged(before, fits)));
