import { float16ToNumber } from '../converter/tensor/float16.ts';
import type { OutputTensor } from './output/save.ts';

/** One element of an output: its place, its real value, and what is stored (equal where it is not quantized). */
export interface ValueAt {
  readonly index: number;
  readonly value: number;
  readonly stored: number;
}

/** Elements `from` up to `to` with their real values. */
export function valuesOf(output: OutputTensor, from = 0, to = output.data.length): readonly ValueAt[] {
  const { data, scale, zeroPoint } = output;
  const values: ValueAt[] = [];
  for (let index = from; index < Math.min(to, data.length); index++) {
    const element = Number(data[index] ?? 0);
    const stored = output.dtype === 'float16' ? float16ToNumber(element) : element;
    values.push({ index, value: scale === null ? stored : scale * (stored - (zeroPoint ?? 0)), stored });
  }
  return values;
}

/** The `count` largest elements, largest first; among equals the lower index. NaN counts as the smallest. */
export function topValues(output: OutputTensor, count: number): readonly ValueAt[] {
  const rank = ({ stored }: ValueAt): number => (Number.isNaN(stored) ? Number.NEGATIVE_INFINITY : stored);
  return [...valuesOf(output)].sort((a, b) => rank(b) - rank(a) || a.index - b.index).slice(0, count);
}

/** Whether the output is one list of class values: only its last dimension is larger than 1. */
export function isClassList({ shape }: OutputTensor): boolean {
  return (shape.at(-1) ?? 1) > 1 && shape.slice(0, -1).every((dimension) => dimension === 1);
}

/** Six significant digits, without trailing zeros: `0.996094`, `-1.5`, `3.2e-9`. */
export function showNumber(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? String(value) : String(Number(value.toPrecision(6)));
}
