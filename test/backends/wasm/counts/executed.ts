import { encodeModule } from '../../../../converter/backends/wasm/assembler/index.ts';
import {
  instructionClass,
  instructionClasses,
  type WasmInstructions,
} from '../../../../converter/backends/wasm/counts/instructions.ts';
import type { EmittedModule } from '../../../../converter/backends/wasm/emit-module.ts';
import { assemble, disassemble } from '../assembler/run.ts';

/** Fixed instructions with the operands and results of relaxed ones: what is counted depends on no value, so every engine can count. */
const standIns: { readonly [name: string]: readonly string[] } = {
  'i32x4.relaxed_dot_i8x16_i7x16_add_s': ['i32x4.add', 'i32x4.add'],
  'f32x4.relaxed_madd': ['f32x4.add', 'f32x4.add'],
  'f32x4.relaxed_nmadd': ['f32x4.add', 'f32x4.add'],
};

const plusTop = ['global.set $top', 'global.get $top', 'global.get $top', 'global.get $movedBytes', 'i32.add'];

function countedLine(line: string): readonly string[] {
  const [name = ''] = line.trim().split(/[\s)]/, 1);
  const found = line.trim().startsWith('(') ? null : instructionClass(name);
  const code = standIns[name] ?? [line];
  if (found === null) return code;
  const moved = name === 'memory.copy' || name === 'memory.fill' ? [...plusTop, 'global.set $movedBytes'] : [];
  return [...moved, `global.get $${found}`, 'i32.const 1', 'i32.add', `global.set $${found}`, ...code];
}

/**
 * Runs a module once with a counter in front of every instruction that is counted. Weights are left at 0, and relaxed instructions are
 * replaced: results are wrong, and the way through the code is that of a run unless data decide it.
 */
export function executedCounts({ module }: EmittedModule): WasmInstructions {
  const lines = disassemble(encodeModule({ ...module, data: [] }))
    .split('\n')
    .flatMap(countedLine);
  const end = lines.findLastIndex((line) => line.trimEnd().endsWith(')'));
  const globals = [...instructionClasses, 'top'].map(
    (name) => `(global $${name} (export "${name}") (mut i32) (i32.const 0))`,
  );
  const text = [...lines.slice(0, end), (lines[end] ?? '').replace(/\)\s*$/, ''), ...globals, ')'].join('\n');
  const instance = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(assemble(text))), {});
  const { run } = instance.exports;
  if (typeof run !== 'function') throw new Error('the module has no run');
  run();
  const read = (name: keyof WasmInstructions): number => {
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
    scalars: read('scalars'),
    control: read('control'),
    movedBytes: read('movedBytes'),
  };
}
