import type { Options } from 'yargs';
import { type CpuName, cpuNames, cpuOfTarget, runsOn } from '../../converter/backends/c/narrow/cpu.ts';
import type { Target } from '../../converter/plan/target.ts';
import type { PackageKind } from '../package-kinds.ts';
import { UsageError } from '../usage.ts';

/** Which processor a C package is for. */
export const cpuOption = {
  cpu: {
    choices: cpuNames,
    describe: 'C: only the code and weights for this processor; default: files that compile for every processor',
  },
} as const satisfies Readonly<Record<string, Options>>;

/**
 * The processor that `--cpu` names; null without it. A target does not narrow a package: its self test runs on any computer.
 * Throws UsageError for packages that are not C, and for a processor whose code the target's first core cannot run.
 */
export function givenCpu(cpu: CpuName | undefined, to: PackageKind, target: Target | null): CpuName | null {
  if (cpu === undefined) return null;
  if (to !== 'c') throw new UsageError(`--cpu has no meaning with --to ${to}`, 'leave it out, or convert with --to c');
  const own = target === null ? cpu : cpuOfTarget(target);
  if (target !== null && !runsOn(cpu, own)) {
    const [{ name }] = target.cores;
    throw new UsageError(`--cpu ${cpu} is not for ${target.name}, which has a ${name}`, `use --cpu ${own}`);
  }
  return cpu;
}
