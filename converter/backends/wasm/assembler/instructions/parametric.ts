import type { FunctionType, ValueType } from '../value-type.ts';
import type { Instruction } from './table.ts';

/** One byte opcode, one instance of an instruction per value type. */
type PerType = { readonly [T in ValueType]: Instruction };

function perType(name: string, opcode: number, type: (valueType: ValueType) => FunctionType): PerType {
  const at = (valueType: ValueType): Instruction => ({
    name,
    opcode: [opcode],
    immediate: { kind: 'none' },
    needsMemory: false,
    ...type(valueType),
  });
  return { i32: at('i32'), i64: at('i64'), f32: at('f32'), f64: at('f64'), v128: at('v128') };
}

export const localGet: PerType = perType('local.get', 0x20, (t) => ({ operands: [], results: [t] }));
export const localSet: PerType = perType('local.set', 0x21, (t) => ({ operands: [t], results: [] }));
export const localTee: PerType = perType('local.tee', 0x22, (t) => ({ operands: [t], results: [t] }));
export const globalGet: PerType = perType('global.get', 0x23, (t) => ({ operands: [], results: [t] }));
export const globalSet: PerType = perType('global.set', 0x24, (t) => ({ operands: [t], results: [] }));
export const dropInstruction: PerType = perType('drop', 0x1a, (t) => ({ operands: [t], results: [] }));
export const selectInstruction: PerType = perType('select', 0x1b, (t) => ({ operands: [t, t, 'i32'], results: [t] }));

/** `call` of a function of the given type. */
export function callInstruction(name: string, type: FunctionType): Instruction {
  return { name: `call $${name}`, opcode: [0x10], immediate: { kind: 'none' }, needsMemory: false, ...type };
}

/** `call_indirect` through table 0; the element index is the last operand. */
export function callIndirectInstruction(type: FunctionType): Instruction {
  return {
    name: 'call_indirect',
    opcode: [0x11],
    immediate: { kind: 'none' },
    needsMemory: false,
    operands: [...type.operands, 'i32'],
    results: type.results,
  };
}

/** Opcodes of the instructions whose type depends on the control stack. */
export const controlOpcode = {
  unreachable: 0x00,
  nop: 0x01,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  br_if: 0x0d,
  br_table: 0x0e,
  return: 0x0f,
} as const;
