import { atomic, type Row } from './row.ts';

const fence: Row<'->', { readonly kind: 'none' }> = {
  opcode: [0xfe, 0x03, 0],
  signature: '->',
  immediate: { kind: 'none' },
};

/**
 * Atomics (threads proposal, binary format), as far as barriers and work queues between workers need them. Operands:
 * `memory.atomic.wait32` takes address, expected value and timeout in ns (negative: for ever) and gives 0 (woken),
 * 1 (value differed) or 2 (timed out); `memory.atomic.notify` takes address and count and gives the number woken.
 */
export const atomicRows = {
  'memory.atomic.notify': atomic(0x00, 4, 'i32 i32 -> i32'),
  'memory.atomic.wait32': atomic(0x01, 4, 'i32 i32 i64 -> i32'),
  'memory.atomic.wait64': atomic(0x02, 8, 'i32 i64 i64 -> i32'),
  'atomic.fence': fence,
  'i32.atomic.load': atomic(0x10, 4, 'i32 -> i32'),
  'i32.atomic.load8_u': atomic(0x12, 1, 'i32 -> i32'),
  'i32.atomic.load16_u': atomic(0x13, 2, 'i32 -> i32'),
  'i32.atomic.store': atomic(0x17, 4, 'i32 i32 ->'),
  'i32.atomic.store8': atomic(0x19, 1, 'i32 i32 ->'),
  'i32.atomic.store16': atomic(0x1a, 2, 'i32 i32 ->'),
  'i32.atomic.rmw.add': atomic(0x1e, 4, 'i32 i32 -> i32'),
  'i32.atomic.rmw.sub': atomic(0x25, 4, 'i32 i32 -> i32'),
  'i32.atomic.rmw.and': atomic(0x2c, 4, 'i32 i32 -> i32'),
  'i32.atomic.rmw.or': atomic(0x33, 4, 'i32 i32 -> i32'),
  'i32.atomic.rmw.xor': atomic(0x3a, 4, 'i32 i32 -> i32'),
  'i32.atomic.rmw.xchg': atomic(0x41, 4, 'i32 i32 -> i32'),
  'i32.atomic.rmw.cmpxchg': atomic(0x48, 4, 'i32 i32 i32 -> i32'),
  'i64.atomic.load': atomic(0x11, 8, 'i32 -> i64'),
  'i64.atomic.store': atomic(0x18, 8, 'i32 i64 ->'),
  'i64.atomic.rmw.add': atomic(0x1f, 8, 'i32 i64 -> i64'),
};
