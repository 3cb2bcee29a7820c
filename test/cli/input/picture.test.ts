import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { describe, expect, test } from 'vitest';
import { decodePicture } from '../../../cli/input/picture.ts';
import { convertChannels, cropCentreSquare, type Picture, resizePicture } from '../../../runtime-wasm/pictures.js';
import { hasShared, readShared } from '../../support/shared.ts';
import { endsWell, mutate, problemsOf } from './helpers.ts';

const where = 'file "x.png"';

function noise(width: number, height: number, channels: 1 | 3 | 4): Picture {
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => (i * 73 + (i >> 3) * 31) % 256);
  return { width, height, channels, data };
}

function pngFile(picture: Picture): Uint8Array {
  const png = new PNG({ width: picture.width, height: picture.height });
  png.data = Buffer.from(convertChannels(picture, 4).data);
  return new Uint8Array(PNG.sync.write(png));
}

function jpegFile(picture: Picture): Uint8Array {
  const { width, height } = picture;
  return new Uint8Array(jpeg.encode({ width, height, data: convertChannels(picture, 4).data }, 95).data);
}

/** The check sum of PNG chunks (ISO 3309). */
function crc32(bytes: Iterable<number>): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

const u32 = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];

function chunk(name: string, data: Iterable<number>): number[] {
  const body = [...new TextEncoder().encode(name), ...data];
  return [...u32(body.length - 4), ...body, ...u32(crc32(body))];
}

/** An interlaced grey PNG of 2 x 2 pixels with `raw` as its filtered bytes. */
function interlacedPng(raw: Uint8Array): Uint8Array {
  const header = chunk('IHDR', [...u32(2), ...u32(2), 8, 0, 0, 0, 1]);
  const magic = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  return Uint8Array.from([...magic, ...header, ...chunk('IDAT', deflateSync(raw)), ...chunk('IEND', [])]);
}

/** `bytes` with a big-endian 32-bit number at `at`, and the check sum of a PNG header made right. */
function withHeaderNumber(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const out = bytes.slice();
  out.set(u32(value), at);
  out.set(u32(crc32(out.subarray(12, 29))), 29);
  return out;
}

describe('decodePicture', () => {
  test('PNG comes back to the bit', () => {
    const picture = noise(5, 3, 4);
    expect(decodePicture(pngFile(picture), where)).toEqual(picture);
  });

  test('JPEG has the size and about the colours', () => {
    const grey = { width: 17, height: 9, channels: 3 as const, data: new Uint8Array(17 * 9 * 3).fill(100) };
    const back = decodePicture(jpegFile(grey), where);
    expect([back.width, back.height, back.channels]).toEqual([17, 9, 3]);
    expect(Math.max(...back.data) - Math.min(...back.data)).toBeLessThan(4);
    expect(Math.abs((back.data[0] ?? 0) - 100)).toBeLessThan(3);
  });

  test('sizes that the bytes cannot hold are refused before memory is taken', () => {
    const png = pngFile(noise(4, 4, 4));
    expect(problemsOf(() => decodePicture(withHeaderNumber(png, 16, 5000), where))[0]?.code).toBe('picture-broken');
    expect(problemsOf(() => decodePicture(withHeaderNumber(png, 16, 2 ** 31), where))[0]?.code).toBe(
      'picture-too-large',
    );
    expect(problemsOf(() => decodePicture(withHeaderNumber(png, 16, 0), where))[0]?.code).toBe('picture-broken');
    expect(problemsOf(() => decodePicture(withHeaderNumber(png, 16, 2 ** 20), where))[0]?.what).toContain(
      'cannot be in',
    );
    const jpg = jpegFile(noise(8, 8, 3));
    const frame = jpg.findIndex((byte, i) => byte === 0xff && jpg[i + 1] === 0xc0);
    jpg.set([0x13, 0x88, 0x13, 0x88], frame + 5);
    expect(problemsOf(() => decodePicture(jpg, where))[0]?.code).toBe('picture-broken');
  });

  test('interlaced PNG, and one that unpacks to far more than its pixels', () => {
    // Passes 1, 6 and 7 of Adam7 hold (0,0), (1,0) and the second row.
    const back = decodePicture(interlacedPng(Uint8Array.of(0, 10, 0, 20, 0, 30, 40)), where);
    expect([...convertChannels(back, 1).data]).toEqual([10, 20, 30, 40]);
    const bomb = interlacedPng(new Uint8Array(2 ** 22));
    expect(problemsOf(() => decodePicture(bomb, where))[0]?.code).toBe('picture-broken');
  });

  test('a JPEG of many scans over many pixels is refused', () => {
    const jpg = jpegFile(noise(400, 400, 3));
    const scans = Uint8Array.from({ length: 8000 }, (_, i) => (i % 2 === 0 ? 0xff : 0xda));
    const [problem] = problemsOf(() => decodePicture(Uint8Array.from([...jpg, ...scans]), where));
    expect(problem?.what).toContain('scans');
  });

  test.each([[[]], [[0x42, 0x4d, 1, 2]], [[0xff, 0xd8]], [[0x89, 0x50, 0x4e, 0x47]]])('%j is refused', (bytes) => {
    expect(problemsOf(() => decodePicture(Uint8Array.from(bytes), where))[0]?.code).toMatch(/^picture-/);
  });

  test.each([
    ['PNG', pngFile(noise(9, 7, 4))],
    ['JPEG', jpegFile(noise(24, 20, 3))],
  ])('mutated %s files end well', (_, whole) => {
    fc.assert(
      fc.property(fc.array(fc.nat(2 ** 31 - 1), { maxLength: 6 }), fc.option(fc.nat()), (choices, cut) =>
        endsWell(() => decodePicture(mutate(whole, choices, cut), where)),
      ),
      { numRuns: 500 },
    );
  });

  test.skipIf(!hasShared)('pictures of the test material', () => {
    const digit = decodePicture(readShared('datasets/images/tflm_mnist_sample0.png'), where);
    expect([digit.width, digit.height]).toEqual([28, 28]);
    const plane = decodePicture(readShared('datasets/cifar10/airplane/0009.jpg'), where);
    expect([plane.width, plane.height, plane.channels]).toEqual([32, 32, 3]);
  });
});

describe('resizePicture', () => {
  test('halving takes the mean of two by two pixels, doubling quarters the steps', () => {
    const picture: Picture = {
      width: 4,
      height: 2,
      channels: 1,
      data: Uint8Array.from([0, 10, 20, 30, 40, 50, 60, 70]),
    };
    expect([...resizePicture(picture, 2, 1, 'bilinear').data]).toEqual([25, 45]);
    const line: Picture = { width: 2, height: 1, channels: 1, data: Uint8Array.from([0, 100]) };
    expect([...resizePicture(line, 4, 1, 'bilinear').data]).toEqual([0, 25, 75, 100]);
  });

  test('nearest', () => {
    const line: Picture = { width: 3, height: 1, channels: 1, data: Uint8Array.from([1, 2, 3]) };
    expect([...resizePicture(line, 6, 2, 'nearest').data]).toEqual([1, 1, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3]);
    expect([...resizePicture(line, 1, 1, 'nearest').data]).toEqual([2]);
  });

  test('stays between the smallest and the largest value, and a flat picture stays flat', () => {
    const size = fc.integer({ min: 1, max: 20 });
    fc.assert(
      fc.property(size, size, size, size, fc.constantFrom('bilinear', 'nearest'), (w, h, toW, toH, method) => {
        const picture = noise(w, h, 3);
        const out = resizePicture(picture, toW, toH, method);
        expect(out.data).toHaveLength(toW * toH * 3);
        expect(Math.min(...out.data)).toBeGreaterThanOrEqual(Math.min(...picture.data));
        expect(Math.max(...out.data)).toBeLessThanOrEqual(Math.max(...picture.data));
        const flat = { ...picture, data: picture.data.fill(77) };
        expect(new Set(resizePicture(flat, toW, toH, method).data)).toEqual(new Set([77]));
      }),
    );
  });
});

test('cropCentreSquare', () => {
  const wide: Picture = { width: 4, height: 1, channels: 1, data: Uint8Array.from([1, 2, 3, 4]) };
  expect(cropCentreSquare(wide)).toEqual({ width: 1, height: 1, channels: 1, data: Uint8Array.from([2]) });
  const tall: Picture = { width: 2, height: 4, channels: 1, data: Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]) };
  expect([...cropCentreSquare(tall).data]).toEqual([3, 4, 5, 6]);
});

test('convertChannels', () => {
  const colours: Picture = {
    width: 3,
    height: 1,
    channels: 3,
    data: Uint8Array.from([255, 0, 0, 0, 255, 0, 0, 0, 255]),
  };
  expect([...convertChannels(colours, 1).data]).toEqual([76, 150, 29]);
  expect([...convertChannels(colours, 4).data].slice(0, 4)).toEqual([255, 0, 0, 255]);
  const greys: Picture = { width: 256, height: 1, channels: 1, data: Uint8Array.from({ length: 256 }, (_, i) => i) };
  expect(convertChannels(convertChannels(greys, 3), 1)).toEqual(greys);
});
