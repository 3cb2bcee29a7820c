import type { WasmCounts } from './counts.ts';

/**
 * Instructions that are executed, by class. Constants and variables are not counted, which compiled code keeps in registers; nor are
 * `block`, `loop` and `end`, which are no instructions of a processor.
 */
export interface WasmInstructions extends WasmCounts {
  /** Arithmetic, loads and stores of single numbers, addresses and lanes that become numbers included. */
  readonly scalars: number;
  /** Calls, returns, choices and branches that are always taken. */
  readonly control: number;
  /** Bytes of `memory.copy` and `memory.fill`, which are one scalar instruction each. */
  readonly movedBytes: number;
}

/** The classes, in the order of a {@link Tally}. */
export const instructionClasses = [
  'loads',
  'stores',
  'multiplies',
  'arithmetic',
  'branches',
  'scalars',
  'control',
  'movedBytes',
] as const satisfies readonly (keyof WasmInstructions)[];

const classByName = new Map<string, keyof WasmInstructions | null>();

/** The class of an instruction by its name in the specification; null for what is not counted. */
export function instructionClass(name: string): keyof WasmInstructions | null {
  const known = classByName.get(name);
  if (known !== undefined) return known;
  const found = classOf(name);
  classByName.set(name, found);
  return found;
}

function classOf(name: string): keyof WasmInstructions | null {
  if (/^v128\.load/.test(name)) return 'loads';
  if (/^v128\.store/.test(name)) return 'stores';
  if (/^[if]\d+x\d+\.(?:mul|relaxed_n?madd|.*dot_|extmul_|q15mulr_|relaxed_q15mulr)/.test(name)) return 'multiplies';
  if (name === 'v128.const' || /^(?:local|global)\.|^[if]\d\d\.const$/.test(name)) return null;
  if (/^v128\.|^[if]\d+x\d+\./.test(name)) return 'arithmetic';
  if (name === 'br_if') return 'branches';
  if (/^(?:if|br|br_table|return|call|call_indirect|unreachable)$/.test(name)) return 'control';
  if (/^(?:block|loop|else|end|nop|drop)$/.test(name)) return null;
  return 'scalars';
}

/** All instructions together; moved bytes are none. */
export function instructionTotal(counts: WasmInstructions): number {
  const { loads, stores, multiplies, arithmetic, branches, scalars, control } = counts;
  return loads + stores + multiplies + arithmetic + branches + scalars + control;
}

export const noInstructions: WasmInstructions = toInstructions(new Float64Array(instructionClasses.length));

export function sumInstructions(all: readonly WasmInstructions[]): WasmInstructions {
  const total = new Float64Array(instructionClasses.length);
  for (const one of all) for (const [i, name] of instructionClasses.entries()) total[i] = (total[i] ?? 0) + one[name];
  return toInstructions(total);
}

/** Counts that grow, one number for each of {@link instructionClasses}. */
export type Tally = Float64Array;

export function addTally(to: Tally, from: Tally, factor: number): void {
  for (let i = 0; i < to.length; i++) to[i] = (to[i] ?? 0) + factor * (from[i] ?? 0);
}

export function toInstructions(tally: Tally): WasmInstructions {
  const [loads = 0, stores = 0, multiplies = 0, arithmetic = 0, branches = 0, scalars = 0, control = 0, moved = 0] =
    tally;
  return { loads, stores, multiplies, arithmetic, branches, scalars, control, movedBytes: moved };
}
