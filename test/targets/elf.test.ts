import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProblemError } from '../../converter/problem.ts';
import { elfSections, elfSymbols, symbolAddress } from '../../targets/elf.ts';

const STRINGS = '\0.text\0.symtab\0.strtab\0work\0table\0';
const at = (name: string) => STRINGS.indexOf(`\0${name}\0`) + 1;

/** An Arm ELF file written by hand from the specification: null, .text, .symtab, .strtab; two symbols. */
function example(): Uint8Array {
  const bytes = new Uint8Array(400);
  const view = new DataView(bytes.buffer);
  const words = (offset: number, values: readonly number[]) => {
    values.forEach((value, i) => {
      view.setUint32(offset + 4 * i, value, true);
    });
  };
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  view.setUint16(18, 40, true);
  view.setUint32(32, 52, true);
  view.setUint16(46, 40, true);
  view.setUint16(48, 4, true);
  view.setUint16(50, 3, true);
  words(52 + 40, [at('.text'), 1, 6, 0x100, 300, 8, 0, 0, 4, 0]);
  words(52 + 80, [at('.symtab'), 2, 0, 0, 212, 48, 3, 0, 4, 16]);
  words(52 + 120, [at('.strtab'), 3, 0, 0, 320, STRINGS.length, 0, 0, 1, 0]);
  words(212 + 16, [at('work'), 0x101, 6, 0x10012]);
  words(212 + 32, [at('table'), 0x107, 1, 0x10011]);
  bytes.set(new TextEncoder().encode(STRINGS), 320);
  return bytes;
}

describe('the ELF reader', () => {
  it('reads sections', () => {
    expect(elfSections(example()).map(({ name }) => name)).toEqual(['', '.text', '.symtab', '.strtab']);
    expect(elfSections(example())[1]).toEqual({ name: '.text', type: 1, flags: 6, address: 256, offset: 300, size: 8 });
  });

  it('reads symbols, and takes the Thumb bit off functions only', () => {
    expect(elfSymbols(example()).slice(1)).toEqual([
      { name: 'work', address: 0x100, size: 6, kind: 'function', section: 1 },
      { name: 'table', address: 0x107, size: 1, kind: 'object', section: 1 },
    ]);
    expect(symbolAddress(elfSymbols(example()), 'work')).toBe(0x100);
    expect(() => symbolAddress(elfSymbols(example()), 'absent')).toThrow('no symbol absent');
  });

  it('reads from a view into a larger buffer', () => {
    const large = new Uint8Array(500);
    large.set(example(), 7);
    expect(elfSymbols(large.subarray(7, 407))).toEqual(elfSymbols(example()));
  });

  it('gives a problem for a file of another kind', () => {
    expect(() => elfSections(new Uint8Array(10))).toThrow('the file header at byte 0 needs 52 bytes');
    expect(() => elfSections(new Uint8Array(100))).toThrow('magic number');
    const wide = example();
    wide[4] = 2;
    expect(() => elfSections(wide)).toThrow('32-bit');
  });

  it('gives a problem, never a crash, for broken files', () => {
    const edits = fc.array(fc.tuple(fc.nat(399), fc.nat(255)), { maxLength: 6 });
    fc.assert(
      fc.property(edits, fc.nat(400), (changes, length) => {
        const bytes = example();
        for (const [offset, value] of changes) bytes[offset] = value;
        for (const read of [elfSections, elfSymbols]) {
          try {
            read(bytes.subarray(0, length));
          } catch (error) {
            if (!(error instanceof ProblemError)) throw error;
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});
