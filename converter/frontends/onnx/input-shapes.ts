import type { Note, Problem } from '../../problem.ts';
import type { ImportOptions } from '../options.ts';
import type { OnnxValueInfo } from './format/model.ts';

/** Largest dimension that is taken, from the file or from the user. */
const sizeLimit = 2 ** 31 - 1;

/**
 * The shape of each input: what the user says, else what the file says, else 1 for an open first dimension, which is the batch (a
 * note tells it). `declared` are inputs of the file that options may name although they are not asked for here. All other open dimensions are listed together, each with the option that closes it.
 */
export function inputShapes(
  inputs: readonly OnnxValueInfo[],
  declared: readonly OnnxValueInfo[],
  options: ImportOptions,
  problems: Problem[],
  notes: Note[],
): ReadonlyMap<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  const sizes = new Map([...batchNames(inputs).map((name) => [name, 1] as const), ...options.dims]);
  for (const input of inputs) {
    const given = options.shapes.get(input.name);
    if (given !== undefined) {
      const conflict = conflictOf(input, given);
      if (conflict === null) shapes.set(input.name, given);
      else problems.push(conflict);
      continue;
    }
    if (input.shape === null) {
      problems.push({
        code: 'onnx-open-shape',
        where: `input "${input.name}"`,
        what: 'the file does not give its shape',
        advice: `give it, for example --shape ${input.name}=1,3,96,96`,
      });
      continue;
    }
    shapes.set(input.name, closedShape(input.name, input.shape, { given: options.dims, sizes }, problems, notes));
  }
  problems.push(...unknownNames([...inputs, ...declared.filter((one) => !inputs.includes(one))], options));
  return shapes;
}

function conflictOf(input: OnnxValueInfo, given: readonly number[]): Problem | null {
  const where = `--shape ${input.name}=${given.join(',')}`;
  const advice = `the file has ${(input.shape ?? []).map((size) => size ?? '?').join('x')}: change only dimensions that it leaves open`;
  const code = 'onnx-shape-option';
  const isSize = (size: number, axis: number) => size >= 1 || (size === 0 && input.shape?.[axis] === 0);
  if (given.some((size, axis) => !Number.isInteger(size) || !isSize(size, axis) || size > sizeLimit)) {
    return { code, where, what: 'dimensions must be whole numbers of 1 or more', advice };
  }
  const { shape } = input;
  if (shape === null) return null;
  if (shape.length !== given.length) {
    return { code, where, what: `the input has ${shape.length} dimensions, not ${given.length}`, advice };
  }
  const fixed = shape.findIndex((size, axis) => typeof size === 'number' && size !== given[axis]);
  if (fixed < 0) return null;
  return { code, where, what: `dimension ${fixed} is fixed to ${shape[fixed]} in the file`, advice };
}

function closedShape(
  name: string,
  dimensions: NonNullable<OnnxValueInfo['shape']>,
  dims: { readonly given: ImportOptions['dims']; readonly sizes: ReadonlyMap<string, number> },
  problems: Problem[],
  notes: Note[],
): number[] {
  const open: string[] = [];
  const closed = dimensions.map((size, axis) => {
    if (typeof size === 'number') return size;
    if (axis === 0 && (size === null || !dims.given.has(size))) notes.push(batchNote(name, size));
    else if (size !== null && dims.sizes.has(size)) return dims.sizes.get(size) ?? 1;
    else open.push(size === null ? `dimension ${axis}` : `"${size}" (dimension ${axis})`);
    return 1;
  });
  if (open.length > 0) {
    const isOpen = (axis: number) => {
      const size = dimensions[axis];
      return axis > 0 && typeof size !== 'number' && !dims.sizes.has(size ?? '');
    };
    const named = dimensions.filter((size, axis) => isOpen(axis) && typeof size === 'string');
    const all = named.length === open.length;
    const example = closed.map((size, axis) => (isOpen(axis) ? 'N' : size)).join(',');
    problems.push({
      code: 'onnx-open-dimension',
      where: `input "${name}"`,
      what: `the file leaves ${open.join(', ')} open`,
      advice: `give --shape ${name}=${example}${all ? ` or ${dimOptions(named)}` : ''} with numbers for N`,
    });
  }
  return closed;
}

/** Names of first dimensions that say that they are the batch: they are 1 wherever else they stand. */
function batchNames(inputs: readonly OnnxValueInfo[]): string[] {
  return inputs.flatMap(({ shape }) => {
    const [first] = shape ?? [];
    return typeof first === 'string' && /batch|^[nb]$/i.test(first) ? [first] : [];
  });
}

function batchNote(name: string, size: string | null): Note {
  const dimension = size === null ? 'its first dimension' : `its first dimension "${size}"`;
  const what = `the file leaves ${dimension} open; it is 1 here, as --shape or --dim can change`;
  return { code: 'onnx-batch', where: `input "${name}"`, what };
}

function dimOptions(names: readonly (string | number | null)[]): string {
  return [...new Set(names)].map((size) => `--dim ${size}=N`).join(' ');
}

function unknownNames(inputs: readonly OnnxValueInfo[], { shapes, dims }: ImportOptions): Problem[] {
  const names = inputs.map((input) => input.name);
  const known = new Set(inputs.flatMap((input) => input.shape ?? []).filter((size) => typeof size === 'string'));
  const code = 'onnx-shape-option';
  const problems: Problem[] = [];
  for (const name of shapes.keys()) {
    if (names.includes(name)) continue;
    const advice = `the inputs are ${names.map((other) => `"${other}"`).join(', ')}`;
    problems.push({ code, where: `--shape ${name}`, what: 'the model has no input of this name', advice });
  }
  for (const [name, size] of dims) {
    if (!known.has(name)) {
      const advice = known.size === 0 ? 'leave the option out' : `the names are ${[...known].join(', ')}`;
      problems.push({ code, where: `--dim ${name}`, what: 'no input has a dimension of this name', advice });
    } else if (!Number.isInteger(size) || size < 1 || size > sizeLimit) {
      problems.push({
        code,
        where: `--dim ${name}`,
        what: `${size} is no size`,
        advice: 'give a whole number of 1 or more',
      });
    }
  }
  return problems;
}
