import type { OpType } from '../../ops/op.ts';

/** A layer of C that a processor timed. */
export interface TimedStep {
  readonly kind: OpType;
  /** Predicted for the processor (`backends/c/counts`). */
  readonly instructions: number;
  /** Cycles, or instructions where an emulator counts these. */
  readonly cycles: number;
}

/** What layers of a kind take. */
export interface StepRate {
  readonly kind: OpType | 'any';
  /** Cycles for each predicted instruction. */
  readonly cycles: number;
  /** The part of their time by which layers of the kind are off together; for a single layer that of all kinds. */
  readonly error: number;
}

/** Cycles for each predicted instruction: by kind, in all cycles over all instructions, and for all kinds together. */
export function fitRates(steps: readonly TimedStep[]): readonly StepRate[] {
  const useful = steps.filter(({ instructions }) => instructions > 0);
  const kinds = [...new Set(useful.map(({ kind }) => kind))];
  const all = rateOf(useful);
  const spread = errorOf(useful, all);
  const own = kinds.map((kind): StepRate => {
    const members = useful.filter((one) => one.kind === kind);
    const cycles = rateOf(members);
    return { kind, cycles, error: members.length > 1 ? errorOf(members, cycles) : spread };
  });
  return [...own, { kind: 'any', cycles: all, error: spread }];
}

function rateOf(steps: readonly TimedStep[]): number {
  const cycles = steps.reduce((sum, one) => sum + one.cycles, 0);
  const instructions = steps.reduce((sum, one) => sum + one.instructions, 0);
  return instructions === 0 ? 0 : Number((cycles / instructions).toPrecision(4));
}

function errorOf(steps: readonly TimedStep[], rate: number): number {
  const cycles = steps.reduce((sum, one) => sum + one.cycles, 0);
  const off = steps.reduce((sum, one) => sum + Math.abs(rate * one.instructions - one.cycles), 0);
  return cycles === 0 ? 1 : Number((off / cycles).toPrecision(3));
}

/** The rate of a kind of layer: its own, or that of all; undefined without either. */
export function rateFor<R extends { readonly kind: string }>(rates: readonly R[], kind: string): R | undefined {
  return rates.find((one) => one.kind === kind) ?? rates.find((one) => one.kind === 'any');
}
