import { describe, expect, test } from 'vitest';
import {
  encodeModule,
  type FunctionBuilder,
  type Instruction,
  instructions,
  ModuleBuilder,
  printModule,
  type WasmModule,
} from '../../../../converter/backends/wasm/assembler/index.ts';
import { assemble, disassemble } from './run.ts';

/** A module with one function per instruction, each of which has the operands as parameters and the results as results. */
function moduleOf(list: readonly Instruction[]): WasmModule {
  const m = new ModuleBuilder('table');
  m.memory('memory', { minPages: 1, maxPages: 1, shared: true });
  const segment = m.data('bytes', new Uint8Array(1));
  for (const instruction of list) {
    const params = Object.fromEntries(instruction.operands.map((type, index) => [`p${index}`, type]));
    m.function(instruction.name, { params, results: instruction.results }, (f, locals) => {
      f.push(...Object.values(locals));
      emit(f, instruction, segment);
    });
  }
  return m.build();
}

/** The instruction with a plain immediate of its kind. */
function emit(f: FunctionBuilder, instruction: Instruction, segment: ReturnType<ModuleBuilder['data']>): void {
  const lanes = Array.from({ length: 16 }, (_, lane) => 2 * lane);
  const immediates: { readonly [K in Instruction['immediate']['kind']]: readonly unknown[] } = {
    none: [],
    i32: [-5],
    i64: [-5n],
    f32: [1.5],
    f64: [1.5],
    v128: ['i8x16', lanes],
    memory: [{ offset: 300 }],
    'memory-lane': [1, { offset: 300, align: 1 }],
    lane: [1],
    shuffle: [lanes],
    data: [segment],
  };
  Reflect.apply(f.op, f, [instruction.name, ...immediates[instruction.immediate.kind]]);
}

/** The last instruction of each function of a disassembly. */
function lastInstructions(text: string): string[] {
  return text
    .split(/\n {2}\(func /)
    .slice(1)
    .map((part) => {
      const lines = part.split('\n').filter((line) => line.startsWith('    '));
      return lines.at(-1)?.trim().replace(/\)+$/, '') ?? '';
    });
}

const all = [...instructions.values()];

describe('opcode table', () => {
  test('is complete', () => {
    const fixedSimd = all.filter(({ name, opcode }) => opcode[0] === 0xfd && !name.includes('relaxed'));
    expect(fixedSimd).toHaveLength(236);
    expect(all.filter(({ name }) => name.includes('relaxed'))).toHaveLength(20);
    // 128 numeric instructions of the MVP, 5 sign extensions, 8 saturating truncations, 23 loads and stores.
    expect(
      all.filter(({ opcode, name }) => opcode.length === 1 || name.includes('trunc_sat_f')).length,
    ).toBeGreaterThan(128 + 5 + 23);
  });

  test('no opcode is used twice', () => {
    const opcodes = all.map(({ opcode }) => opcode.join(' '));
    expect(new Set(opcodes).size).toBe(opcodes.length);
  });

  test('wabt accepts every instruction with its type and knows it by the same name', () => {
    const text = disassemble(encodeModule(moduleOf(all)));
    const names = lastInstructions(text).map((line) => line.split(' ')[0]);
    expect(names).toEqual(all.map(({ name }) => name));
  });

  test('wabt shows the same immediates', () => {
    const shown = new Map(
      lastInstructions(disassemble(encodeModule(moduleOf(all)))).map((line) => [line.split(' ')[0], line]),
    );
    expect(shown.get('v128.load32_lane')).toBe('v128.load32_lane offset=300 align=1 1');
    expect(shown.get('i64.load16_u')).toBe('i64.load16_u offset=300');
    expect(shown.get('i8x16.shuffle')).toBe('i8x16.shuffle 0 2 4 6 8 10 12 14 16 18 20 22 24 26 28 30');
    expect(shown.get('i64.const')).toBe('i64.const -5');
    expect(shown.get('f32x4.extract_lane')).toBe('f32x4.extract_lane 1');
  });

  test('this engine accepts everything but relaxed SIMD', () => {
    const list = all.filter(({ name }) => !name.includes('relaxed'));
    expect(WebAssembly.validate(encodeModule(moduleOf(list)))).toBe(true);
  });

  test('the listing of every instruction parses back to the same bytes', () => {
    const module = moduleOf(all);
    expect(assemble(printModule(module))).toEqual(Uint8Array.from(encodeModule(module, { names: false })));
  });
});
