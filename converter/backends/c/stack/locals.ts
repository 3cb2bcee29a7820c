import type { Processors } from '../variants.ts';

/** Bytes of one element of a local array; pointers are words on every processor that has a table of frames. */
const elementBytes: ReadonlyMap<string, number> = new Map([
  ...(['int8_t', 'uint8_t', 'char'] as const).map((name) => [name, 1] as const),
  ...(['int16_t', 'uint16_t'] as const).map((name) => [name, 2] as const),
  ...(['int32_t', 'uint32_t', 'float'] as const).map((name) => [name, 4] as const),
  ...(['int64_t', 'uint64_t', 'double'] as const).map((name) => [name, 8] as const),
]);

/** A local array: `const int8_t *tap[9];`, `int16_t rest[4] = {...}`. Its size is a number. */
const ARRAY =
  /^[ \t]*((?:(?:const|static|volatile|struct) )*)(\w+) (\*?)(?: ?const )?\w+((?:\[\d+\])+)(?: \w+)?(?: =|;)/gm;

/** Bytes of the arrays that the statements of a layer put on the stack, all at once, each in whole pairs of words. */
export function localArrayBytes(body: string): number {
  let bytes = 0;
  for (const [, qualifiers = '', type = '', pointer = '', sizes = ''] of body.matchAll(ARRAY)) {
    if (qualifiers.includes('static')) continue;
    const count = [...sizes.matchAll(/\d+/g)].reduce((product, [size]) => product * Number(size), 1);
    // A type that is not in the table is a structure of at most eight words.
    const each = pointer === '*' ? 4 : (elementBytes.get(type) ?? 32);
    bytes += Math.ceil((count * each) / 8) * 8;
  }
  return bytes;
}

/** The lines of a body that a processor compiles which has what `defined` names: see `eitherWay`. */
export function linesFor(body: string, defined: readonly Processors[]): string {
  const open: boolean[] = [];
  const taken: boolean[] = [];
  const kept: string[] = [];
  const branch = (holds: boolean) => {
    const before = taken.pop() ?? false;
    open.push(holds && !before);
    taken.push(holds || before);
  };
  for (const line of body.split('\n')) {
    const [, word, condition] = /^\s*#(if|elif) (\w+)$/.exec(line) ?? [];
    if (word === 'if') taken.push(false);
    if (word === 'elif') open.pop();
    if (word !== undefined) branch(defined.some((name) => name === condition));
    else if (/^\s*#else$/.test(line)) {
      open.pop();
      branch(true);
    } else if (/^\s*#endif$/.test(line)) {
      open.pop();
      taken.pop();
    } else if (open.every((isKept) => isKept)) kept.push(line);
  }
  return kept.join('\n');
}
