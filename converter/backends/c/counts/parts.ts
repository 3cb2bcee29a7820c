import type { Macros } from './source.ts';
import type { Value } from './values.ts';

/**
 * The loops of what has no loops in C: the assembly of the support headers, and functions of the C library. Each answers how
 * often each part of it is executed, from its arguments.
 */
export type Parts = readonly (readonly [part: string, count: number])[];

/** Arguments as numbers; one that depends on data counts as 0. */
export interface Arguments {
  number(index: number): number;
  field(index: number, name: string): number;
  /** An element of a table. */
  item(index: number, at: number): number;
  /** Whether all of these are multiples of `bytes`. */
  aligned(bytes: number, ...indices: readonly number[]): boolean;
}

/** What is known of the alignment of an array: multiples of 16. */
export function argumentsOf(values: readonly Value[]): Arguments {
  const number = (index: number) => values[index]?.number ?? 0;
  const field = (index: number, name: string) => {
    const parts = values[index]?.parts;
    return parts === null || typeof parts !== 'object' ? 0 : (parts?.get(name)?.number ?? 0);
  };
  return {
    number,
    field,
    item: (index, at) => field(index, String(at)),
    aligned: (bytes, ...indices) => indices.every((index) => number(index) % bytes === 0),
  };
}

/** Whether a macro is defined as something else than 0. */
export function isSet(macros: Macros, name: string): boolean {
  return (macros.get(name) ?? '0') !== '0';
}

/** What is executed of a function that cannot be read and has no rule. */
export const UNKNOWN = 'unknown';
