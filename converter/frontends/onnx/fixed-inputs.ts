import type { Problem } from '../../problem.ts';
import { allocate } from '../../tensor/dtype.ts';
import { numberToFloat16 } from '../../tensor/float16.ts';
import { elementCount, type Shape } from '../../tensor/shape.ts';
import { storeElement, type Tensor, tensorType } from '../../tensor/tensor.ts';
import { nearest } from '../nearest-name.ts';
import type { ImportOptions } from '../options.ts';
import { internalDtype } from './dtype.ts';
import type { OnnxValueInfo } from './format/model.ts';

/** Most elements that one number stands for. */
const mostElements = 2 ** 24;

/**
 * The inputs that always have the same value: `options.constants`, and `options.fixed` in the dtype and shape of the file. An open
 * dimension is closed by `--shape` or `--dim`; that of a list is as long as the numbers are many.
 *
 * @param declared the inputs of the file; a problem for each name of `options.fixed` that is none of them, and for values that do not fit
 */
export function fixedInputs(
  declared: readonly OnnxValueInfo[],
  options: ImportOptions,
  problems: Problem[],
): ReadonlyMap<string, Tensor> {
  const found = new Map(options.constants);
  for (const [name, values] of options.fixed) {
    const input = declared.find((one) => one.name === name);
    const wrong = (what: string, advice: string) =>
      problems.push({ code: 'onnx-fix-option', where: `--fix ${name}=${values.join(',')}`, what, advice });
    if (input === undefined) {
      const names = declared.map((one) => one.name);
      const guess = nearest(name, names);
      wrong(
        'the model has no such input',
        guess === null ? `its inputs are ${names.join(', ')}` : `do you mean "${guess}"?`,
      );
      continue;
    }
    const tensor = tensorOf(input, values, options);
    if (typeof tensor === 'string') wrong(tensor, 'give one number, or one for each element');
    else found.set(name, tensor);
  }
  return found;
}

/** The tensor, or why there is none. */
function tensorOf(input: OnnxValueInfo, values: readonly number[], options: ImportOptions): Tensor | string {
  const dtype = internalDtype(input.dtype);
  if (dtype === null) return `its dtype ${input.dtype} is not supported`;
  const shape = options.shapes.get(input.name) ?? closed(input, values.length, options);
  if (shape === null) return `the file leaves its shape open; give --shape ${input.name}=... too`;
  const count = elementCount(shape);
  if (values.length !== 1 && values.length !== count) return `it has ${count} elements, not ${values.length}`;
  if (count > mostElements) return `it has ${count} elements`;
  const [least, most] = ranges[dtype] ?? [-Infinity, Infinity];
  const bad = values.find((value) => value < least || value > most || (dtype in ranges && !Number.isInteger(value)));
  if (bad !== undefined) return `${bad} is no ${dtype}`;
  const data = allocate(dtype, count);
  for (let i = 0; i < count; i++) {
    const value = values[values.length === 1 ? 0 : i] ?? 0;
    storeElement(data, i, dtype === 'float16' ? numberToFloat16(value) : value);
  }
  return { type: tensorType(dtype, shape), data };
}

function closed({ shape }: OnnxValueInfo, count: number, { dims }: ImportOptions): Shape | null {
  if (shape === null) return count === 1 ? [] : [count];
  const sizes = shape.map((size) => (typeof size === 'string' ? (dims.get(size) ?? null) : size));
  const open = sizes.filter((size) => size === null).length;
  if (open === 0) return sizes.map((size) => size ?? 1);
  return open === 1 && shape.length === 1 ? [count] : null;
}

/** Whole numbers that a dtype has; those of int64 as far as a number of the command line is exact. */
const ranges: Readonly<Partial<Record<string, readonly [least: number, most: number]>>> = {
  bool: [0, 1],
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
  uint64: [0, Number.MAX_SAFE_INTEGER],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};
