import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bootRomCrc } from '../../../targets/firmware/crc32.ts';
import { fromHex, toHex } from '../../../targets/firmware/hex.ts';
import { fromUf2, toUf2 } from '../../../targets/firmware/uf2.ts';

const images = fc.record({
  address: fc.integer({ min: 0, max: 0x0fff_ffff }),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 2000 }),
});

describe('bootRomCrc', () => {
  it('is CRC-32/MPEG-2, whose check value is published', () => {
    expect(bootRomCrc(new TextEncoder().encode('123456789'))).toBe(0x0376e6e7);
    expect(bootRomCrc(new Uint8Array(0))).toBe(0xffff_ffff);
  });
});

describe('Intel HEX', () => {
  it('writes the records of the specification', () => {
    expect(toHex({ address: 0x0800_fffe, bytes: Uint8Array.of(1, 2, 3) })).toBe(
      ':020000040800F2\n:02FFFE000102FE\n:020000040801F1\n:0100000003FC\n:00000001FF\n',
    );
  });

  it('comes back as it was', () => {
    fc.assert(
      fc.property(images, (image) => {
        const back = fromHex(toHex(image));
        expect(back.address).toBe(image.address);
        expect(back.bytes).toEqual(image.bytes);
      }),
    );
  });

  it.each([
    ['a changed byte', ':0100000004FC\n:00000001FF\n', /line 1: has a wrong checksum/],
    ['no end', ':0100000003FC\n', /record that ends the file/],
    ['a gap', ':0100000003FC\n:0100020003FA\n:00000001FF\n', /line 2: does not follow/],
    ['text', 'hello\n', /line 1: is no record/],
    ['a wrong length', ':0200000003FB\n:00000001FF\n', /has 1 bytes of data and says 2/],
  ])('refuses %s', (_, text, message) => {
    expect(() => fromHex(text)).toThrow(message);
  });
});

describe('UF2', () => {
  const family = 0xe48b_ff56;

  it('writes blocks of the specification', () => {
    const file = toUf2({ address: 0x1000_0100, bytes: new Uint8Array(257).fill(7) }, family);
    const view = new DataView(file.buffer);
    const word = (block: number, index: number) => view.getUint32(block * 512 + index * 4, true);
    expect(file.length).toBe(1024);
    expect([0, 1].map((block) => [0, 1, 2, 3, 4, 5, 6, 7, 127].map((i) => word(block, i)))).toEqual([
      [0x0a324655, 0x9e5d5157, 0x2000, 0x10000100, 256, 0, 2, family, 0x0ab16f30],
      [0x0a324655, 0x9e5d5157, 0x2000, 0x10000200, 256, 1, 2, family, 0x0ab16f30],
    ]);
    expect([file[512 + 32], file[512 + 33]]).toEqual([7, 0xff]);
  });

  it('writes whole pages that hold the image, and erased flash around it', () => {
    fc.assert(
      fc.property(images, (image) => {
        const { blocks, family: named } = fromUf2(toUf2(image, family));
        expect(named).toBe(family);
        const [first] = blocks;
        expect(first?.address).toBe(image.address - (image.address % 256));
        const flash = Uint8Array.from(blocks.flatMap(({ bytes }) => [...bytes]));
        const before = image.address % 256;
        expect(flash.subarray(before, before + image.bytes.length)).toEqual(image.bytes);
        const around = [...flash.subarray(0, before), ...flash.subarray(before + image.bytes.length)];
        expect(around.every((byte) => byte === 0xff)).toBe(true);
      }),
    );
  });

  const good = toUf2({ address: 0x1000_0000, bytes: new Uint8Array(600) }, family);
  const changed = (word: number, value: number) => {
    const copy = Uint8Array.from(good);
    new DataView(copy.buffer).setUint32(512 + 4 * word, value, true);
    return copy;
  };
  it.each([
    ['a cut file', good.subarray(0, 700), /no whole number of blocks/],
    ['nothing', good.subarray(0, 0), /no whole number of blocks/],
    ['other magic numbers', changed(127, 1), /block 1: has no magic/],
    ['a block twice', changed(5, 0), /says that it is 0 of 3/],
    ['too many bytes', changed(4, 500), /says that it has 500 bytes/],
    ['two families', changed(7, 1), /another family/],
  ])('refuses %s', (_, file, message) => {
    expect(() => fromUf2(file)).toThrow(message);
  });
});
