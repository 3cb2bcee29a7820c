import type { WasmCounts } from '../../../../converter/backends/wasm/counts/counts.ts';
import type { EmittedModule } from '../../../../converter/backends/wasm/emit-module.ts';
import { assemble, disassemble } from '../assembler/run.ts';

/** The classes of instructions by their names in the text format. */
const classes: { readonly [C in keyof WasmCounts]: RegExp } = {
  loads: /^v128\.load/,
  stores: /^v128\.store/,
  multiplies: /^f32x4\.(?:mul|relaxed_madd)$/,
  arithmetic: /^(?:f32x4\.(?:add|sub|pmin|pmax|splat)|i8x16\.shuffle)$/,
  branches: /^br_if$/,
};

const names = ['loads', 'stores', 'multiplies', 'arithmetic', 'branches'] as const;

/** Runs a module once with a counter in front of every instruction that is counted. */
export function executedCounts(emitted: EmittedModule): WasmCounts {
  const lines = disassemble(emitted.bytes)
    .split('\n')
    .flatMap((line) => {
      const [name = ''] = line.trim().split(/[\s)]/, 1);
      const found = names.find((one) => classes[one].test(name));
      if (found === undefined) return [line];
      return [`global.get $${found}`, 'i32.const 1', 'i32.add', `global.set $${found}`, line];
    });
  const end = lines.findLastIndex((line) => line.trimEnd().endsWith(')'));
  const globals = names.map((name) => `(global $${name} (export "${name}") (mut i32) (i32.const 0))`);
  const text = [...lines.slice(0, end), (lines[end] ?? '').replace(/\)\s*$/, ''), ...globals, ')'].join('\n');
  const instance = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(assemble(text))), {});
  const { run } = instance.exports;
  if (typeof run !== 'function') throw new Error('the module has no run');
  run();
  const read = (name: keyof WasmCounts): number => {
    const counter = instance.exports[name];
    if (!(counter instanceof WebAssembly.Global)) throw new Error(`${name} is not counted`);
    return Number(counter.value);
  };
  return {
    loads: read('loads'),
    stores: read('stores'),
    multiplies: read('multiplies'),
    arithmetic: read('arithmetic'),
    branches: read('branches'),
  };
}
