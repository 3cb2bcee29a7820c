import { countedAs } from '../../converter/backends/c/counts/coefficients.ts';
import type { CountedCpu } from '../../converter/backends/c/counts/processors.ts';
import { cpuOfTarget } from '../../converter/backends/c/narrow/cpu.ts';
import type { ModelledCpu } from '../../converter/estimate/cores/cores.ts';
import type { Target } from '../../converter/plan/target.ts';
import { ProblemError } from '../../converter/problem.ts';
import type { CommandIo } from '../io.ts';

/** A processor on which the latency of a C package can be told, roughly. */
export interface LatencyTarget {
  /** As it was named. */
  readonly name: string;
  readonly target: Target;
  readonly cpu: CountedCpu;
  readonly usPerInstruction: number;
}

/**
 * Cycles for each instruction of the int8 keyword model of MLPerf Tiny, by the core models, on memories that answer at once
 * (`npm run bench -- --only cycles --models kws`). Layers lie between 1.1 and 1.6 on a Cortex-M4; flash with wait states costs more.
 */
const cyclesPerInstruction: { readonly [C in ModelledCpu]: number } = {
  'cortex-m0plus': 1.33,
  'cortex-m3': 1.6,
  'cortex-m4': 1.48,
  'cortex-m33': 1.29,
  'cortex-m7': 1,
  rv32imc: 1.08,
};

/** How far to trust such a latency. */
export const latencyNote =
  'latency is instructions, predicted from the C code, times cycles per instruction of one model, at the clock of the profile: no wait states of flash are in it, and it may be wrong by half';

/** What a latency on the target that `name` says can be told from. Throws ProblemError where there is no such target, or no way to tell. */
export async function latencyTarget(name: string, io: CommandIo): Promise<LatencyTarget> {
  const { builtInProfiles, loadTarget } = await import('../target/load.ts');
  const word = name.toLowerCase();
  const begun = builtInProfiles().filter((profile) => profile.name.startsWith(word));
  const [only, ...others] = begun;
  const target = loadTarget(only !== undefined && others.length === 0 ? only.name : name, io);
  const cpu = cpuOfTarget(target);
  const cycles = new Map<string, number>(Object.entries(cyclesPerInstruction)).get(cpu);
  const counted = countedAs(cpu);
  if (target.banks.length === 0 || cycles === undefined || counted === null) {
    throw new ProblemError({
      code: 'budget-latency',
      where: `target ${JSON.stringify(name)}`,
      what: `the latency on a ${target.cores[0].name} cannot be told`,
      advice: `name a microcontroller with one of ${Object.keys(cyclesPerInstruction).join(', ')}; see thimble targets`,
    });
  }
  return { name, target, cpu: counted, usPerInstruction: (cycles * 1e6) / target.cores[0].clockHz };
}
