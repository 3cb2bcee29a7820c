import { fail } from './file.ts';
import type { SampleType } from './sample.ts';

/** What the header of an npy file says, see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
export interface NpyHeader {
  readonly dtype: SampleType;
  readonly bigEndian: boolean;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

/** NumPy itself allows 64 dimensions since version 2. */
const maxRank = 64;

const types: { readonly [descr: string]: SampleType } = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  b1: 'bool',
};

type Token =
  | { readonly kind: 'text' | 'word' | 'mark'; readonly text: string }
  | { readonly kind: 'number'; readonly value: number };

/**
 * The Python dictionary in an npy header, `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
 * Only this form is understood: no expression is evaluated. Throws ProblemError otherwise.
 */
export function parseNpyHeader(text: string, where: string): NpyHeader {
  const malformed = (what: string): never =>
    fail('npy-header', where, `the npy header ${what}`, 'write the array anew with numpy.save');
  const tokens = tokenize(text) ?? malformed('is not a dictionary of the usual form');
  let at = 0;
  const isMark = (mark: string): boolean => {
    const token = tokens[at];
    return token?.kind === 'mark' && token.text === mark;
  };
  const expectMark = (mark: string): void => {
    if (!isMark(mark)) malformed(`lacks "${mark}"`);
    at++;
  };
  const shapeTuple = (): number[] => {
    const shape: number[] = [];
    expectMark('(');
    while (!isMark(')')) {
      const token = tokens[at++];
      if (token?.kind !== 'number' || !Number.isSafeInteger(token.value)) return malformed('has a malformed shape');
      shape.push(token.value);
      if (!isMark(')')) expectMark(',');
    }
    expectMark(')');
    return shape;
  };

  let descr: string | undefined;
  let fortranOrder: boolean | undefined;
  let shape: number[] | undefined;
  expectMark('{');
  while (!isMark('}')) {
    const key = tokens[at++];
    expectMark(':');
    const value = tokens[at];
    if (key?.kind !== 'text') return malformed('has a key that is not a string');
    if (key.text === 'descr' && value?.kind === 'mark') {
      return fail('npy-type', where, 'the array has named fields', 'save one plain array per file');
    }
    if (key.text === 'descr' && value?.kind === 'text' && descr === undefined) {
      descr = value.text;
      at++;
    } else if (key.text === 'fortran_order' && value?.kind === 'word' && fortranOrder === undefined) {
      fortranOrder = value.text === 'True';
      at++;
    } else if (key.text === 'shape' && shape === undefined) shape = shapeTuple();
    else malformed(`has an unexpected entry "${key.text}"`);
    if (!isMark('}')) expectMark(',');
  }
  expectMark('}');
  if (at !== tokens.length) malformed('goes on after its dictionary');
  if (descr === undefined || fortranOrder === undefined || shape === undefined) {
    return malformed('lacks descr, fortran_order or shape');
  }
  if (shape.length > maxRank) malformed(`has ${shape.length} dimensions`);
  return { ...elementType(descr, where), fortranOrder, shape };
}

function elementType(descr: string, where: string): { dtype: SampleType; bigEndian: boolean } {
  const match = /^([<>|=]?)([a-z]\d)$/.exec(descr);
  const dtype = types[match?.[2] ?? ''];
  if (match === null || dtype === undefined) {
    const known = 'float16/32/64, int8 to int64, uint8 to uint64 and bool';
    return fail(
      'npy-type',
      where,
      `the element type ${JSON.stringify(descr)} is not supported`,
      `convert it to ${known}`,
    );
  }
  return { dtype, bigEndian: match[1] === '>' };
}

/** Undefined where a character belongs to no token. */
function tokenize(text: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  const pattern = /\s+|'([^'\\]*)'|"([^"\\]*)"|(\d{1,19})L?|(True|False)|([{}():,[\]])/y;
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (match === null) return undefined;
    const [, single, double, digits, word, mark] = match;
    const quoted = single ?? double;
    if (quoted !== undefined) tokens.push({ kind: 'text', text: quoted });
    else if (digits !== undefined) tokens.push({ kind: 'number', value: Number(digits) });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word });
    else if (mark !== undefined) tokens.push({ kind: 'mark', text: mark });
  }
  return tokens;
}
