import { access, misc, prefixed, type Row } from './row.ts';

const memorySize: Row<'-> i32', { readonly kind: 'none' }> = {
  opcode: [0x3f, 0],
  signature: '-> i32',
  immediate: { kind: 'none' },
};

const memoryGrow: Row<'i32 -> i32', { readonly kind: 'none' }> = {
  opcode: [0x40, 0],
  signature: 'i32 -> i32',
  immediate: { kind: 'none' },
};

type DataRow<S extends string> = Row<S, { readonly kind: 'data'; readonly memoryIndex: boolean }>;

const memoryInit: DataRow<'i32 i32 i32 ->'> = {
  opcode: prefixed(0xfc, 8),
  signature: 'i32 i32 i32 ->',
  immediate: { kind: 'data', memoryIndex: true },
};

const dataDrop: DataRow<'->'> = {
  opcode: prefixed(0xfc, 9),
  signature: '->',
  immediate: { kind: 'data', memoryIndex: false },
};

/**
 * Scalar loads and stores and bulk memory (WebAssembly 2.0, section 5.4.6). Operands: `memory.init` and `memory.copy`
 * take destination, source, bytes; `memory.fill` takes destination, byte value, bytes.
 */
export const memoryRows = {
  'i32.load': access(0x28, 4, 'i32 -> i32'),
  'i64.load': access(0x29, 8, 'i32 -> i64'),
  'f32.load': access(0x2a, 4, 'i32 -> f32'),
  'f64.load': access(0x2b, 8, 'i32 -> f64'),
  'i32.load8_s': access(0x2c, 1, 'i32 -> i32'),
  'i32.load8_u': access(0x2d, 1, 'i32 -> i32'),
  'i32.load16_s': access(0x2e, 2, 'i32 -> i32'),
  'i32.load16_u': access(0x2f, 2, 'i32 -> i32'),
  'i64.load8_s': access(0x30, 1, 'i32 -> i64'),
  'i64.load8_u': access(0x31, 1, 'i32 -> i64'),
  'i64.load16_s': access(0x32, 2, 'i32 -> i64'),
  'i64.load16_u': access(0x33, 2, 'i32 -> i64'),
  'i64.load32_s': access(0x34, 4, 'i32 -> i64'),
  'i64.load32_u': access(0x35, 4, 'i32 -> i64'),
  'i32.store': access(0x36, 4, 'i32 i32 ->'),
  'i64.store': access(0x37, 8, 'i32 i64 ->'),
  'f32.store': access(0x38, 4, 'i32 f32 ->'),
  'f64.store': access(0x39, 8, 'i32 f64 ->'),
  'i32.store8': access(0x3a, 1, 'i32 i32 ->'),
  'i32.store16': access(0x3b, 2, 'i32 i32 ->'),
  'i64.store8': access(0x3c, 1, 'i32 i64 ->'),
  'i64.store16': access(0x3d, 2, 'i32 i64 ->'),
  'i64.store32': access(0x3e, 4, 'i32 i64 ->'),
  'memory.size': memorySize,
  'memory.grow': memoryGrow,
  'memory.init': memoryInit,
  'data.drop': dataDrop,
  'memory.copy': misc(10, 'i32 i32 i32 ->', 2),
  'memory.fill': misc(11, 'i32 i32 i32 ->', 1),
};
