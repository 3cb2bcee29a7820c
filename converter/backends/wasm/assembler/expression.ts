import { InternalError, invariant } from '../../../problem.ts';
import { type Immediate, noImmediate } from './immediate.ts';
import { selectInstruction } from './instructions/parametric.ts';
import { type Instruction, type InstructionName, instructions } from './instructions/table.ts';
import { formatTypes, type ValueType } from './value-type.ts';

/** What an expression leaves on the stack: one value, nothing, or several (a call with many results). */
export type ExprType = ValueType | 'none' | 'many';

/**
 * A typed tree of instructions. It says what to compute, and nothing is emitted until it is given to a
 * `FunctionBuilder`: operands first, from left to right, then the instruction. So a local is read where the tree is
 * emitted, not where it was written down, and a tree used twice is computed twice (use `tee` or a local to share).
 */
export interface Expr<T extends ExprType = ExprType> {
  readonly type: T;
  readonly instruction: Instruction;
  readonly operands: readonly Expr[];
  readonly immediate: Immediate;
}

/** The JavaScript value that stands for a constant of a type; a vector has none (use `v128.const`). */
export type Literal<T extends ValueType> = T extends 'i64' ? bigint : T extends 'v128' ? never : number;

/** What an instruction takes as operand: a tree, a local or global (its value), or a literal (a constant). */
export type Operand<T extends ValueType> = T extends ValueType ? Expr<T> | Literal<T> : never;

/** Any operand; the type is checked when the tree is built. */
export type AnyOperand = Expr | number | bigint;

/** Operand types of a tuple of value types. */
export type Operands<T extends readonly ValueType[]> = { [I in keyof T]: Operand<T[I]> };

/** What an expression with these results is typed as. */
export type ResultOf<R extends readonly ValueType[]> = R extends readonly []
  ? 'none'
  : R extends readonly [infer One extends ValueType]
    ? One
    : 'many';

/** {@link ResultOf} of a value. */
export function resultOf<const R extends readonly ValueType[]>(results: R): ResultOf<R>;
export function resultOf(results: readonly ValueType[]): ExprType {
  const [first, second] = results;
  if (first === undefined) return 'none';
  return second === undefined ? first : 'many';
}

/** Whether a value is an expression (a local and a global are, too). */
export function isExpr(value: unknown): value is Expr {
  return typeof value === 'object' && value !== null && 'instruction' in value && 'operands' in value;
}

/** The constant of a type. Throws `InternalError` when the literal does not fit. */
export function constant<T extends ValueType>(type: T, value: Literal<T>): Expr<T>;
export function constant(type: ValueType, value: number | bigint): Expr {
  const immediate = constantImmediate(type, value);
  return { type, instruction: constantInstruction[type], operands: noOperands, immediate };
}

const noOperands: readonly Expr[] = [];

const constantInstruction: { readonly [T in ValueType]: Instruction } = {
  i32: tableInstruction('i32.const'),
  i64: tableInstruction('i64.const'),
  f32: tableInstruction('f32.const'),
  f64: tableInstruction('f64.const'),
  v128: tableInstruction('v128.const'),
};

function tableInstruction(name: InstructionName): Instruction {
  const instruction = instructions.get(name);
  invariant(instruction !== undefined, `${name} is not in the table`);
  return instruction;
}

function constantImmediate(type: ValueType, value: number | bigint): Immediate {
  if (type === 'i64' && typeof value === 'bigint') return { kind: 'i64', value };
  if (typeof value === 'number') {
    if (type === 'i32' && Number.isInteger(value) && value >= -0x8000_0000 && value <= 0xffff_ffff) {
      return { kind: 'i32', value };
    }
    if (type === 'f32' || type === 'f64') return { kind: type, value };
  }
  throw new InternalError(`${String(value)} is not a literal of type ${type}`);
}

/** The operand as an expression of `type`. Throws `InternalError` when it has another type. */
export function toExpr<T extends ValueType>(type: T, operand: Operand<T>): Expr<T>;
export function toExpr(type: ValueType, operand: AnyOperand): Expr;
export function toExpr(type: ValueType, operand: AnyOperand): Expr {
  if (typeof operand === 'number' || typeof operand === 'bigint') return constant<ValueType>(type, operand);
  if (operand.type !== type) throw new InternalError(`expected ${type}, got ${operand.type}`);
  return operand;
}

/** A tree node. Throws `InternalError` with expected and actual operand types when they differ. */
export function apply<T extends ExprType>(
  type: T,
  instruction: Instruction,
  operands: readonly AnyOperand[],
  immediate: Immediate = noImmediate,
): Expr<T> {
  const expected = instruction.operands;
  if (operands.length !== expected.length) throw misfit(instruction, operands);
  const trees: Expr[] = [];
  for (let index = 0; index < expected.length; index++) {
    const tree = toTyped(expected[index], operands[index]);
    if (tree === undefined) throw misfit(instruction, operands);
    trees.push(tree);
  }
  return { type, instruction, operands: trees, immediate };
}

/** The operand as an expression of the type, `undefined` when it has another. */
function toTyped(want: ValueType | undefined, operand: AnyOperand | undefined): Expr | undefined {
  if (typeof operand === 'object') return operand.type === want ? operand : undefined;
  if (operand === undefined || want === undefined || want === 'v128') return undefined;
  return (typeof operand === 'bigint') === (want === 'i64') ? constant<ValueType>(want, operand) : undefined;
}

function misfit(instruction: Instruction, operands: readonly AnyOperand[]): InternalError {
  const given = operands.map((operand) => (isExpr(operand) ? operand.type : typeof operand));
  return new InternalError(
    `${instruction.name}: expected operands ${formatTypes(instruction.operands)}, got ${formatTypes(given)}`,
  );
}

/** `whenTrue` if `condition` is not zero, else `whenFalse`; both are computed. */
export function select<T extends ValueType>(
  whenTrue: Expr<T>,
  whenFalse: Operand<T>,
  condition: Operand<'i32'>,
): Expr<T> {
  return apply(whenTrue.type, selectInstruction[whenTrue.type], [whenTrue, whenFalse, condition]);
}
