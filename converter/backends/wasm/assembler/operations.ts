import { InternalError } from '../../../problem.ts';
import { type AnyOperand, apply, type Expr, isExpr, type Operands, resultOf } from './expression.ts';
import { type ImmediateArgument, type ImmediateArguments, toImmediate } from './immediate.ts';
import type { SignatureOperands, SignatureResult } from './instructions/row.ts';
import { type Instruction, type InstructionName, type InstructionRow, instructions } from './instructions/table.ts';

/** The function that makes an expression of an instruction: operands first, then immediates. */
export type Operation<N extends InstructionName> = (
  ...args: [
    ...Operands<SignatureOperands<InstructionRow<N>['signature']>>,
    ...ImmediateArguments<InstructionRow<N>['immediate']>,
  ]
) => Expr<SignatureResult<InstructionRow<N>['signature']>>;

type NextWord<P extends string, N extends string = InstructionName> = N extends `${P}.${infer Rest}`
  ? Rest extends `${infer Head}.${string}`
    ? Head
    : Rest
  : never;

/** All instructions whose names begin with `P.`, nested at each dot: `i32.atomic.rmw.add`. */
export type Namespace<P extends string> = {
  readonly [W in NextWord<P>]: `${P}.${W}` extends infer N
    ? N extends InstructionName
      ? Operation<N>
      : N extends string
        ? Namespace<N>
        : never
    : never;
};

type OperationArgument = AnyOperand | ImmediateArgument;

interface Tree {
  [word: string]: Tree | ((...args: readonly OperationArgument[]) => Expr);
}

function operation(instruction: Instruction): (...args: readonly OperationArgument[]) => Expr {
  const arity = instruction.operands.length;
  const type = resultOf(instruction.results);
  return (...args) => {
    const operands: AnyOperand[] = [];
    const immediates: ImmediateArgument[] = [];
    for (let index = 0; index < args.length; index++) {
      if (index < arity) operands.push(toOperand(instruction.name, args[index]));
      else immediates.push(toArgument(instruction.name, args[index]));
    }
    return apply(type, instruction, operands, toImmediate(instruction.name, instruction.immediate, immediates));
  };
}

function toOperand(name: string, operand: OperationArgument): AnyOperand {
  if (typeof operand === 'number' || typeof operand === 'bigint' || isExpr(operand)) return operand;
  throw new InternalError(`${name}: an operand is not an expression`);
}

function toArgument(name: string, argument: OperationArgument): ImmediateArgument {
  if (!isExpr(argument)) return argument;
  throw new InternalError(`${name}: has more operands than the instruction takes`);
}

function namespace<P extends string>(prefix: P): Namespace<P>;
function namespace(prefix: string): object {
  const root: Tree = {};
  for (const [name, instruction] of instructions) {
    if (!name.startsWith(`${prefix}.`)) continue;
    const words = name.slice(prefix.length + 1).split('.');
    const last = words.pop();
    let branch = root;
    for (const word of words) {
      const next = branch[word] ?? {};
      if (typeof next === 'function') throw new InternalError(`${name}: its prefix is an instruction, too`);
      branch[word] = next;
      branch = next;
    }
    if (last !== undefined) branch[last] = operation(instruction);
  }
  return root;
}

/** Instructions on 32-bit integers, with loads, stores and `i32.atomic`. */
export const i32: Namespace<'i32'> = namespace('i32');
/** Instructions on 64-bit integers, with loads, stores and `i64.atomic`. */
export const i64: Namespace<'i64'> = namespace('i64');
/** Instructions on single floats, with load and store. */
export const f32: Namespace<'f32'> = namespace('f32');
/** Instructions on double floats, with load and store. */
export const f64: Namespace<'f64'> = namespace('f64');
/** Vector loads, stores, constants and bitwise logic. */
export const v128: Namespace<'v128'> = namespace('v128');
/** Instructions on 16 lanes of 8 bits. */
export const i8x16: Namespace<'i8x16'> = namespace('i8x16');
/** Instructions on 8 lanes of 16 bits. */
export const i16x8: Namespace<'i16x8'> = namespace('i16x8');
/** Instructions on 4 lanes of 32 bits. */
export const i32x4: Namespace<'i32x4'> = namespace('i32x4');
/** Instructions on 2 lanes of 64 bits. */
export const i64x2: Namespace<'i64x2'> = namespace('i64x2');
/** Instructions on 4 single floats. */
export const f32x4: Namespace<'f32x4'> = namespace('f32x4');
/** Instructions on 2 double floats. */
export const f64x2: Namespace<'f64x2'> = namespace('f64x2');
/** Size, growth, bulk copies and `memory.atomic`. */
export const memory: Namespace<'memory'> = namespace('memory');
/** `data.drop`. */
export const data: Namespace<'data'> = namespace('data');
/** `atomic.fence`. */
export const atomic: Namespace<'atomic'> = namespace('atomic');
