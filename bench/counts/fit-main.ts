import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ClassCounts,
  type CoefficientFile,
  type Coefficients,
  type CostEntry,
  coefficientsIn,
} from '../../converter/backends/c/counts/coefficients.ts';
import { predictedCounts } from '../../converter/backends/c/counts/predict.ts';
import type { CountedCpu } from '../../converter/backends/c/counts/processors.ts';
import { mixClasses } from '../../converter/estimate/instructions/mix.ts';
import { runProcess } from '../../targets/process.ts';
import { QEMU_MACHINES, qemuCpus } from '../../targets/qemu/machines.ts';
import { TOOLCHAINS } from '../../targets/qemu/toolchains.ts';
import { requireTool } from '../../targets/tools.ts';
import { root } from '../places.ts';
import { fitCoefficients } from './fit.ts';
import { writeMeasured } from './measured.ts';
import { type Observation, observe } from './observe.ts';
import { trainingSet } from './training.ts';

/**
 * Fits the coefficients of the processors that are named on the command line, of all without any, and writes them into
 * converter/backends/c/counts/coefficients.json, and the counts of the models of the benchmarks beside the tests. Emulators count what they have not counted before.
 */

/** Processors with coefficients of their own. */
const fitted = ['cortex-m0plus', 'cortex-m3', 'cortex-m4', 'cortex-m7', 'cortex-m33', 'cortex-m55', 'rv32imc'] as const;

const path = join(root, 'converter/backends/c/counts/coefficients.json');

async function observations(cpu: CountedCpu): Promise<readonly Observation[]> {
  const all: Observation[] = [];
  for (const training of trainingSet(cpu)) {
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

const round = (number: number) => Math.round(number * 100) / 100;

const classNames: readonly string[] = mixClasses;

/** The file with the coefficients of some processors replaced. */
function merged(
  before: CoefficientFile,
  fits: ReadonlyMap<CountedCpu, { readonly coefficients: Coefficients; readonly compiler: string }>,
): CoefficientFile {
  const all = new Map<string, Coefficients>();
  for (const cpu of Object.keys(before.processors)) all.set(cpu, coefficientsIn(before, cpu));
  for (const [cpu, { coefficients }] of fits) all.set(cpu, coefficients);
  const statements = [...new Set([...all.values()].flatMap((one) => [...one.statements.keys()]))].sort();
  const entry = (counts: ClassCounts): CostEntry =>
    [...counts].flatMap(([name, cost]) => (round(cost) === 0 ? [] : [classNames.indexOf(name), round(cost)]));
  return {
    source: 'fitted on instruction counts of emulators, see docs/instruction-counts.md',
    compilers: { ...before.compilers, ...Object.fromEntries([...fits].map(([cpu, { compiler }]) => [cpu, compiler])) },
    classes: mixClasses,
    statements,
    processors: Object.fromEntries(
      [...all.keys()].sort().map((cpu) => {
        const own = all.get(cpu);
        const kinds = Object.fromEntries([...(own?.kinds ?? [])].map(([kind, cost]) => [kind, entry(cost)]));
        const costs = statements.map((key) => {
          const cost = own?.statements.get(key);
          return cost === undefined ? 0 : entry(cost);
        });
        return [cpu, { kinds, statements: costs }];
      }),
    ),
  };
}

function textOf({ source, compilers, classes, statements, processors }: CoefficientFile): string {
  const lines = (items: readonly string[]) => items.map((item) => `      ${item}`).join(',\n');
  const each = Object.entries(processors).map(([cpu, { kinds, statements: costs }]) => {
    const things = Object.entries(kinds).map(([kind, cost]) => `${JSON.stringify(kind)}: ${JSON.stringify(cost)}`);
    return `    ${JSON.stringify(cpu)}: {"kinds": {\n${lines(things)}\n    }, "statements": ${JSON.stringify(costs)}}`;
  });
  return `{
  "source": ${JSON.stringify(source)},
  "compilers": ${JSON.stringify(compilers, null, 2).replaceAll('\n', '\n  ')},
  "classes": ${JSON.stringify(classes)},
  "statements": ${JSON.stringify(statements)},
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
const empty: CoefficientFile = { source: '', compilers: {}, classes: [], statements: [], processors: {} };
const kept: CoefficientFile = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : empty;
const before = 'classes' in kept && !kept.statements.some((name) => name.includes('|')) ? kept : empty;
writeFileSync(path, textOf(merged(before, fits)));
await writeMeasured(qemuCpus, (line) => process.stderr.write(`${line}\n`));
