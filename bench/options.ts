import { parseArgs } from 'node:util';
import { type TargetName, targetNames } from '../cli/engine/engine.ts';
import { type QemuCpu, qemuCpus } from '../targets/qemu/machines.ts';

/** The parts of the report. */
export const sections = [
  'mcu',
  'modes',
  'processors',
  'cycles',
  'counts',
  'flash',
  'estimator',
  'floats',
  'wasm',
  'layers',
  'web-estimate',
  'coldstart',
  'app',
  'threads',
  'convert',
  'accuracy',
  'quantize',
  'prune',
  'nested',
  'memory',
  'boards',
  'report',
] as const;

export type SectionName = (typeof sections)[number];

export interface BenchOptions {
  /** One JSON value on standard output and nothing else. */
  readonly json: boolean;
  /** The sections to run, in their order. */
  readonly only: readonly SectionName[];
  /** Models whose names begin with one of these; empty for all. */
  readonly models: readonly string[];
  /** Rounds of the latency measurement. */
  readonly rounds: number;
  /** Where the accuracy counts run. */
  readonly on: TargetName;
  /** Emulated processors that instructions are counted on. */
  readonly cpus: readonly QemuCpu[];
  /** Where latency is measured. */
  readonly hosts: readonly Host[];
}

export const hosts = ['chromium', 'node24', 'node20'] as const;

/** A JavaScript engine. `node20` is the Node that runs the benchmarks, whatever its version. */
export type Host = (typeof hosts)[number];

/** Raised for a command line that is not understood. */
export class BenchUsageError extends Error {}

export const usage = `npm run bench -- [options]
  --json                 print one JSON value and nothing else
  --only a,b             sections: ${sections.join(', ')}
  --models a,b           models whose names begin so: kws,ic
  --cpu a,b              processors: ${qemuCpus.join(', ')}
  --hosts a,b            latency in: ${hosts.join(', ')}
  --rounds n             rounds of the latency measurement (default 15)
  --on target            accuracy on: ${targetNames.join(', ')} (default wasm)`;

/** The options of a command line. Throws {@link BenchUsageError}. */
export function parseOptions(argv: readonly string[]): BenchOptions {
  const { values } = parse(argv);
  if (values.help === true) throw new BenchUsageError(usage);
  const rounds = Number(values.rounds ?? 15);
  if (!(Number.isInteger(rounds) && rounds > 0)) throw new BenchUsageError(`--rounds ${values.rounds} is no count`);
  return {
    json: values.json === true,
    only: choose('--only', values.only, sections),
    models: (values.models ?? '').split(',').filter((name) => name !== ''),
    rounds,
    on: choose('--on', values.on ?? 'wasm', targetNames)[0] ?? 'wasm',
    cpus: choose('--cpu', values.cpu, qemuCpus),
    hosts: choose('--hosts', values.hosts, hosts),
  };
}

function parse(argv: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const options = { json: flag, help: flag, only: text, models: text, rounds: text, on: text, cpu: text, hosts: text };
  try {
    return parseArgs({ args: [...argv], options });
  } catch (error) {
    throw new BenchUsageError(`${error instanceof Error ? error.message : error}\n${usage}`);
  }
}

/** The named members of `all` in the order of `all`; all of them where none are named. */
function choose<T extends string>(option: string, list: string | undefined, all: readonly T[]): readonly T[] {
  if (list === undefined) return all;
  const names = list.split(',').filter((name) => name !== '');
  const unknown = names.filter((name) => !all.some((known) => known === name));
  if (unknown.length > 0) throw new BenchUsageError(`${option}: ${unknown.join(', ')}: known are ${all.join(', ')}`);
  return all.filter((name) => names.includes(name));
}

/** Whether a model was asked for. */
export function isWanted({ models }: BenchOptions, id: string): boolean {
  return models.length === 0 || models.some((prefix) => id.startsWith(prefix));
}
