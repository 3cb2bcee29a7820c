/**
 * The WebAssembly assembler: a typed opcode table, expressions, a function builder that checks the operand stack, a
 * module builder, the binary encoding and a listing. It knows nothing of graphs and kernels.
 */

export type { CountedLoop, Counter } from './counted-loop.ts';
export { type CodeNode, type DecodedFunction, decodeFunction } from './decode.ts';
export { type EncodeOptions, encodeModule } from './encode-module.ts';
export { type AnyOperand, type Expr, type ExprType, type Literal, type Operand, select } from './expression.ts';
export { type BlockType, type CallArguments, FunctionBuilder, type LocalDeclaration } from './function-builder.ts';
export type { DataSegment, Memarg } from './immediate.ts';
export {
  type Instruction,
  type InstructionName,
  instructionRows,
  instructions,
} from './instructions/table.ts';
export { FunctionRef, Global, Local, type Parameters } from './local.ts';
export type { DataBytes, FunctionBody, MemoryLimits, WasmModule } from './module.ts';
export { type FunctionBodyWriter, ModuleBuilder, type ParameterLocals, type Signature } from './module-builder.ts';
export type { Label } from './operand-stack.ts';
export {
  atomic,
  data,
  f32,
  f32x4,
  f64,
  f64x2,
  i8x16,
  i16x8,
  i32,
  i32x4,
  i64,
  i64x2,
  memory,
  type Namespace,
  type Operation,
  v128,
} from './operations.ts';
export { printModule } from './print-module.ts';
export type { LaneShape } from './v128-literal.ts';
export type { FunctionType, ValueType } from './value-type.ts';
