import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CountedCpu } from '../../converter/backends/c/counts/processors.ts';
import { packageFeatures } from '../../converter/backends/c/sizes/features.ts';
import type { SizeFile } from '../../converter/backends/c/sizes/table.ts';
import { runProcess } from '../../targets/process.ts';
import { QEMU_MACHINES } from '../../targets/qemu/machines.ts';
import { TOOLCHAINS } from '../../targets/qemu/toolchains.ts';
import { requireTool } from '../../targets/tools.ts';
import { root } from '../places.ts';
import { fitSizes, type SizedPackage } from './fit.ts';
import { linkedSizes } from './measure.ts';
import { trainingSet } from './training.ts';

/**
 * Fits the sizes of machine code and writes them into converter/backends/c/sizes/sizes.json: `node bench/flash/fit.mjs`. Packages that have
 * not been linked before are.
 */

/** Processors with sizes of their own. */
const fitted = ['cortex-m0plus', 'cortex-m3', 'cortex-m4', 'cortex-m55', 'rv32imc'] as const;

async function compilerOf(cpu: (typeof fitted)[number]): Promise<string> {
  const { cpuFlags, toolchain } = QEMU_MACHINES[cpu];
  const { compiler } = TOOLCHAINS[toolchain];
  const { stdout } = await runProcess(requireTool(compiler), ['--version'], { cwd: root, timeoutMs: 10_000 });
  return [stdout.split('\n')[0] ?? '', '-O2', ...cpuFlags].join(' ');
}

const packages = new Map<CountedCpu, SizedPackage[]>(fitted.map((cpu) => [cpu, []]));
for (const training of trainingSet()) {
  try {
    const made = training.package();
    for (const cpu of fitted) {
      const linked = await linkedSizes(made, cpu);
      packages.get(cpu)?.push({ name: training.name, read: packageFeatures(made.model, cpu), linked });
    }
  } catch (error) {
    process.stderr.write(
      `${training.name}: ${(error instanceof Error ? error.message : String(error)).slice(0, 200)}\n`,
    );
  }
}
const compilers: Record<string, string> = {};
const processors: Record<string, SizeFile['processors'][string]> = {};
for (const cpu of fitted) {
  const own = packages.get(cpu) ?? [];
  compilers[cpu] = await compilerOf(cpu);
  processors[cpu] = fitSizes(own);
  process.stderr.write(`${cpu}: ${own.length} packages\n`);
}
const source = 'node bench/flash/fit.mjs: functions of linked packages, see docs/estimate.md';
const file: SizeFile = { source, compilers, processors };
writeFileSync(join(root, 'converter/backends/c/sizes/sizes.json'), `${JSON.stringify(file, null, 1)}\n`);
