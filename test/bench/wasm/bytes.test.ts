import { describe, expect, it } from 'vitest';
import { sizeOfBundle, withoutData } from '../../../bench/wasm/bytes.ts';
import { fixBatch } from '../../../bench/wasm/fix-batch.ts';

describe('code without weights', () => {
  const header = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const types = [1, 4, 1, 0x60, 0, 0];
  const names = [0, 3, 1, 0x61, 0];

  it('is the module without its data section, of any length', () => {
    const payload = new Array<number>(300).fill(7);
    const data = [11, 0xac, 0x02, ...payload];
    const module = Uint8Array.from([...header, ...types, ...data, ...names]);
    expect([...withoutData(module)]).toEqual([...header, ...types, ...names]);
    expect(WebAssembly.validate(Uint8Array.from(header))).toBe(true);
  });

  it('is everything where there is no data', () => {
    const module = Uint8Array.from([...header, ...types]);
    expect(withoutData(module)).toEqual(module);
  });
});

describe('a bundle', () => {
  const module = Uint8Array.from([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 11, 3, 7, 7, 7]);
  const loader = { path: 'loader.js', bytes: new TextEncoder().encode('export {};') };

  it('has its weights in everything and not in the code', () => {
    const { code, total, files } = sizeOfBundle([{ path: 'model.wasm', bytes: module }, loader]);
    expect(total.rawBytes).toBe(module.length + 10);
    expect(code.rawBytes).toBe(module.length - 5 + 10);
    expect(files.map(({ path }) => path)).toEqual(['model.wasm', 'loader.js']);
  });

  it('is not counted twice where the script carries modules and weights', () => {
    const code = Uint8Array.from([
      0x00,
      0x61,
      0x73,
      0x6d,
      1,
      0,
      0,
      0,
      0,
      0xac,
      0x02,
      ...new Array<number>(300).fill(7),
    ]);
    const weights = new Uint8Array(1000).fill(5);
    const text = (bytes: Uint8Array) => `'${Buffer.from(bytes).toString('base64')}'`;
    const bytes = new TextEncoder().encode(`const parts = [${text(code)}, ${text(weights)}];`);
    const sizes = sizeOfBundle([
      { path: 'model.dot.wasm', bytes: code },
      { path: 'model.weights', bytes: weights },
      loader,
      { path: 'index.js', bytes },
    ]);
    expect(sizes.total.rawBytes).toBe(bytes.length + 10);
    expect(sizes.code.rawBytes).toBe('const parts = [, ];'.length + code.length + 10);
  });
});

describe('fixing the batch', () => {
  const words = (...values: readonly number[]) => new Uint8Array(Int32Array.from(values).buffer);

  it('changes the open size of the shapes of the model', () => {
    expect(fixBatch(words(9, 4, -1, 49, 10, 1, 9), [[1, 49, 10, 1]])).toEqual(words(9, 4, 1, 49, 10, 1, 9));
    expect(fixBatch(words(2, -1, 12), [[1, 12]])).toEqual(words(2, 1, 12));
  });

  it('leaves other vectors, other shapes and the end of the file alone', () => {
    for (const file of [words(4, -1, 49, 10, 2), words(3, -1, 49, 10), words(4, 1, -1, 10, 1), words(0, 4, -1, 49)]) {
      expect(fixBatch(file, [[1, 49, 10, 1]])).toEqual(file);
    }
  });
});
