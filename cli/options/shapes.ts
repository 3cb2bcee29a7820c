import { type ImportOptions, type InputLayout, noImportOptions } from '../../converter/frontends/options.ts';
import { UsageError } from '../usage.ts';

/** What `--shape`, `--dim` and `--fix` say, repeated options joined, and where the model is to be cut. */
export interface ShapeArguments {
  readonly shape: readonly string[] | undefined;
  readonly dim: readonly string[] | undefined;
  readonly fix: readonly string[] | undefined;
  readonly inputs: string | undefined;
  readonly outputs: string | undefined;
  readonly inputLayout: InputLayout | undefined;
}

/** Reads `--shape name=1,3,96,96`, `--dim batch=1`, `--fix rate=16000` and `--inputs a,b`. Names may hold `=`; the last one separates. */
export function importOptionsOf({ shape = [], dim = [], fix = [], ...rest }: ShapeArguments): ImportOptions {
  const shapes = new Map<string, readonly number[]>();
  const dims = new Map<string, number>();
  for (const text of shape) {
    const { name, sizes } = parsed(text, '--shape', 'input=1,3,96,96', shapes);
    shapes.set(name, sizes);
  }
  for (const text of dim) {
    const { name, sizes } = parsed(text, '--dim', 'batch=1', dims);
    const [size] = sizes;
    if (size === undefined || sizes.length !== 1) throw malformed(text, '--dim', 'batch=1');
    dims.set(name, size);
  }
  const fixed = fixedOf(fix);
  const [inputs, outputs] = [names('--inputs', rest.inputs), names('--outputs', rest.outputs)];
  return { ...noImportOptions, shapes, dims, fixed, inputs, outputs, inputLayout: rest.inputLayout ?? null };
}

/** One number, or several with commas between, for each input. */
function fixedOf(texts: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const fixed = new Map<string, readonly number[]>();
  for (const text of texts) {
    const equals = text.lastIndexOf('=');
    const name = text.slice(0, Math.max(0, equals));
    const words = text.slice(equals + 1).split(',');
    const isNumber = (word: string) =>
      /^-?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/.test(word) && Number.isFinite(Number(word));
    if (name === '' || !words.every(isNumber)) throw malformed(text, '--fix', 'rate=16000');
    if (fixed.has(name)) throw new UsageError(`--fix is given twice for "${name}"`, 'give it once for each name');
    fixed.set(name, words.map(Number));
  }
  return fixed;
}

/** Names with commas between; a name that has one itself cannot be given. */
function names(option: string, text: string | undefined): readonly string[] {
  if (text === undefined) return [];
  const found = text.split(',');
  if (found.includes('')) throw new UsageError(`${option} has an empty name`, `write it as ${option} first,second`);
  return found;
}

function parsed(text: string, option: string, example: string, known: ReadonlyMap<string, unknown>) {
  const equals = text.lastIndexOf('=');
  const name = text.slice(0, Math.max(0, equals));
  const numbers = text.slice(equals + 1);
  if (name === '' || !/^[1-9]\d*(,[1-9]\d*)*$/.test(numbers)) throw malformed(text, option, example);
  if (known.has(name)) throw new UsageError(`${option} is given twice for "${name}"`, 'give it once for each name');
  return { name, sizes: numbers.split(',').map(Number) };
}

function malformed(text: string, option: string, example: string): UsageError {
  return new UsageError(`${option} ${text} has no form that is understood`, `write it as ${option} ${example}`);
}

/** The options as words of a command line, for the record in generated files. */
export function shapeWords({ shape = [], dim = [], fix = [], inputs, outputs, inputLayout }: ShapeArguments): string[] {
  return [
    ...shape.flatMap((text) => ['--shape', text]),
    ...dim.flatMap((text) => ['--dim', text]),
    ...fix.flatMap((text) => ['--fix', text]),
    ...(inputs === undefined ? [] : ['--inputs', inputs]),
    ...(outputs === undefined ? [] : ['--outputs', outputs]),
    ...(inputLayout === undefined ? [] : ['--input-layout', inputLayout]),
  ];
}
