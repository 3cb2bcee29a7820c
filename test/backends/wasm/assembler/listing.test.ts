import { describe, expect, test } from 'vitest';
import { encodeModule, printModule } from '../../../../converter/backends/wasm/assembler/index.ts';
import { dotProductModule, sampleModule } from './kernels.ts';
import { assemble, disassemble, singleFunction } from './run.ts';

/** The bytes without custom sections, which the text format does not carry. */
function withoutCustoms(bytes: Uint8Array): Uint8Array {
  const kept = WebAssembly.Module.customSections(new WebAssembly.Module(Uint8Array.from(bytes)), 'thimble');
  const [custom] = kept;
  // Id, size, name length and name come before the content; the section is the last.
  return custom ? bytes.slice(0, bytes.length - custom.byteLength - 'thimble'.length - 3) : bytes;
}

describe('listing', () => {
  test('of a kernel', async () => {
    await expect(printModule(dotProductModule())).toMatchFileSnapshot('golden/dot-product.wat');
  });

  test('of one of everything', async () => {
    await expect(printModule(sampleModule())).toMatchFileSnapshot('golden/sample.wat');
  });

  test.each([dotProductModule, sampleModule])('%o parses back to the same bytes', (build) => {
    const bytes = encodeModule(build(), { names: false });
    expect(assemble(printModule(build()))).toEqual(Uint8Array.from(withoutCustoms(bytes)));
  });

  test('equal calls give equal bytes', () => {
    expect(encodeModule(sampleModule())).toEqual(encodeModule(sampleModule()));
  });

  test('names are made unique and printable', () => {
    const text = printModule(
      singleFunction({ 'row (in)': 'i32' }, [], (f) => {
        f.set(f.local('i32', 'x'), 1);
        f.set(f.local('i32', 'x'), 2);
      }),
    );
    expect(text).toContain('(param $row__in_ i32)');
    expect(text).toContain('local.set $x_2');
  });
});

describe('name section', () => {
  test('names functions, parameters and locals', () => {
    const text = disassemble(encodeModule(dotProductModule()));
    expect(text).toContain('(func $dot');
    expect(text).toContain('(param $a i32) (param $b i32) (param $n i32)');
    expect(text).toContain('local.get $acc');
  });

  test('can be left out', () => {
    const module = new WebAssembly.Module(encodeModule(dotProductModule(), { names: false }));
    expect(WebAssembly.Module.customSections(module, 'name')).toHaveLength(0);
  });
});
