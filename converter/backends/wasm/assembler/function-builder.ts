import { InternalError, invariant } from '../../../problem.ts';
import { ByteWriter } from './byte-writer.ts';
import { type CountedLoop, type Counter, emitCountedLoop } from './counted-loop.ts';
import {
  type AnyOperand,
  apply,
  type Expr,
  type Operand,
  type Operands,
  type ResultOf,
  resultOf,
  toExpr,
} from './expression.ts';
import {
  type Immediate,
  type ImmediateArguments,
  type LocalReference,
  toImmediate,
  writeImmediate,
} from './immediate.ts';
import {
  callIndirectInstruction,
  controlOpcode,
  dropInstruction,
  globalSet,
  localSet,
  localTee,
} from './instructions/parametric.ts';
import { type Instruction, type InstructionName, type InstructionRow, instructions } from './instructions/table.ts';
import { type FunctionRef, Global, Local, type Parameters } from './local.ts';
import { type FrameKind, type Label, OperandStack } from './operand-stack.ts';
import { type FunctionType, type ValueType, valueTypeCode } from './value-type.ts';

/** Limits of the JavaScript embedding (WebAssembly JavaScript Interface, "Implementation-defined Limits"). */
const maxLocals = 50_000;
const maxBodyBytes = 7_654_321;
const maxBranchTargets = 65_520;

/** What a function needs to know of its module. */
export interface ModuleContext {
  /** Index of a function type, equal types sharing one. */
  typeIndex(type: FunctionType): number;
  hasMemory(): boolean;
  hasTable(): boolean;
}

/** Types that a block takes from the stack and leaves there; nothing when absent. */
export interface BlockType {
  readonly params?: readonly ValueType[];
  readonly results?: readonly ValueType[];
}

/** A variable or parameter as it is listed and encoded. */
export interface LocalDeclaration {
  readonly name: string;
  readonly type: ValueType;
}

/** The operand of `call` for each parameter, by name. */
export type CallArguments<P extends Parameters> = { readonly [K in keyof P]: Operand<P[K]> };

/**
 * Emits the body of one function, checking every instruction against the operand stack at the line that emits it.
 *
 * Statements (`set`, `do`, `if`, `for`, ...) take expression trees from the namespaces `i32`, `f32x4`, ... and leave the
 * stack as it was. `push` and `op` work on the stack itself, in the style of the text format; both may be mixed. All
 * methods throw `InternalError` with the name of the instruction, the types expected and the types found.
 */
export class FunctionBuilder {
  readonly name: string;
  private readonly module: ModuleContext;
  private readonly stack: OperandStack;
  private readonly body: Label;
  private readonly code = new ByteWriter();
  private readonly declared: LocalDeclaration[] = [];
  /** The handle that may use each index now; `undefined` while the index is free. */
  private readonly live: (Local | undefined)[] = [];

  constructor(name: string, type: FunctionType, module: ModuleContext) {
    this.name = name;
    this.module = module;
    this.stack = new OperandStack(name);
    this.body = this.stack.open('function', { operands: [], results: type.results });
  }

  // Locals

  /**
   * A variable, free to use until `free`. It begins as zero only when its place was never used before, so set it first.
   */
  local<T extends ValueType>(type: T, name = `${type}_${this.declared.length}`): Local<T> {
    const reusable = this.live.findIndex((handle, index) => !handle && this.declared[index]?.type === type);
    const index = reusable >= 0 ? reusable : this.declared.length;
    const handle = new Local(type, reusable >= 0 ? (this.declared[index]?.name ?? name) : name, index);
    invariant(index < maxLocals, `function "${this.name}" has more than ${maxLocals} locals`);
    if (reusable < 0) this.declared.push({ name, type });
    this.live[index] = handle;
    return handle;
  }

  /** Gives variables back, so that later ones of the same type reuse their places. Using them again is an error. */
  free(...locals: readonly Local[]): void {
    for (const local of locals) {
      this.own('free', local);
      this.live[local.index] = undefined;
    }
  }

  /** Stores into a local or a mutable global; without a value, takes it from the stack. */
  set<T extends ValueType>(target: Local<T> | Global<T>, value?: Operand<T>): void {
    if (target instanceof Local) this.own('local.set', target);
    if (value !== undefined) this.push(this.checked('set', target.type, value, target.name));
    if (target instanceof Global) {
      invariant(target.mutable, `global.set in function "${this.name}": "${target.name}" is not mutable`);
      this.emit(globalSet[target.type], target.immediate);
    } else this.emit(localSet[target.type], target.immediate);
  }

  /** The value, which is also stored into the local when the expression is evaluated. */
  tee<T extends ValueType>(local: Local<T>, value: Operand<T>): Expr<T> {
    this.own('local.tee', local);
    const type: T = local.type;
    return apply(type, localTee[type], [value], local.immediate);
  }

  // Expressions and single instructions

  /** Evaluates expressions that leave nothing: stores, calls, bulk memory. */
  do(...statements: readonly Expr<'none'>[]): void {
    for (const statement of statements) {
      if (statement.type !== 'none') {
        throw this.error(`${statement.instruction.name}: leaves ${statement.type}; use push, set or drop`);
      }
      this.write(statement);
    }
  }

  /** Evaluates expressions and leaves their values on the stack. */
  push(...values: readonly Expr[]): void {
    for (const value of values) this.write(value);
  }

  /** Evaluates an expression, or takes the top of the stack, and forgets the value. */
  drop(value?: Expr<ValueType>): void {
    if (value !== undefined) this.push(value);
    const type = this.stack.top();
    // An unknown top can only be in unreachable code, where any type would do.
    this.emit(dropInstruction[type ?? 'i32'], { kind: 'none' });
  }

  /** One instruction on the stack, by its name in the specification: `op('i32.const', 4)`, `op('i32.add')`. */
  op<N extends InstructionName>(name: N, ...immediates: ImmediateArguments<InstructionRow<N>['immediate']>): void {
    const instruction = instructions.get(name);
    invariant(instruction !== undefined, `unknown instruction ${name}`);
    this.emit(instruction, toImmediate(name, instruction.immediate, immediates));
  }

  /** A call, with its arguments by name. Several results can only be `push`ed. */
  call<P extends Parameters, const R extends readonly ValueType[]>(
    callee: FunctionRef<P, R>,
    args: CallArguments<P>,
  ): Expr<ResultOf<R>> {
    const operands = Object.keys(callee.params).map((name): AnyOperand => {
      const operand: AnyOperand | undefined = args[name];
      if (operand === undefined) throw this.error(`${callee.instruction.name}: argument "${name}" is missing`);
      return operand;
    });
    return apply(resultOf(callee.results), callee.instruction, operands, callee.immediate);
  }

  /** A call of an element of the module's table, with the given type; traps when the element has another type. */
  callIndirect<const P extends readonly ValueType[], const R extends readonly ValueType[]>(
    type: { readonly operands: P; readonly results: R },
    element: Operand<'i32'>,
    ...args: Operands<P>
  ): Expr<ResultOf<R>> {
    if (!this.module.hasTable()) throw this.error('call_indirect: the module has no table');
    const operands: AnyOperand[] = [...args, element];
    const indices = [this.module.typeIndex(type), 0];
    return apply(resultOf(type.results), callIndirectInstruction(type), operands, { kind: 'indices', indices });
  }

  // Control

  /** A block; branches to its label leave it. */
  block(body: (exit: Label) => void, type: BlockType = {}): void {
    const label = this.open('block', type);
    body(label);
    this.close();
  }

  /** A loop; branches to its label go back to its head, falling out of the body leaves it. */
  loop(body: (again: Label) => void, type: BlockType = {}): void {
    const label = this.open('loop', type);
    body(label);
    this.close();
  }

  /** Two-way choice. Branches to the label leave it. Without `otherwise` the type must not change the stack. */
  if(
    condition: Operand<'i32'>,
    whenTrue: (exit: Label) => void,
    otherwise?: (exit: Label) => void,
    type: BlockType = {},
  ): void {
    this.push(this.checked('if', 'i32', condition));
    this.stack.apply('if', ['i32'], []);
    const label = this.open('if', type);
    whenTrue(label);
    if (otherwise) {
      this.stack.otherwise();
      this.code.byte(controlOpcode.else);
      otherwise(label);
    }
    this.close();
  }

  /** Repeats while the condition holds, tested before each pass. The condition is emitted twice. */
  while(condition: Operand<'i32'>, body: () => void): void {
    this.if(condition, () => this.doWhile(body, condition));
  }

  /** Repeats the body until the condition, tested after each pass, is zero. */
  doWhile(body: () => void, condition: Operand<'i32'>): void {
    this.loop((again) => {
      body();
      this.brIf(again, condition);
    });
  }

  /** A counting loop; see {@link CountedLoop}. The body gets the counter: a local, or a number when it is unrolled. */
  for(range: CountedLoop, body: (index: Counter) => void): void {
    emitCountedLoop(this, range, body);
  }

  /** Branch; the values that the label wants are pushed first, after those already on the stack. */
  br(label: Label, ...values: readonly AnyOperand[]): void {
    const depth = this.stack.distance('br', label);
    this.pushLast('br', label.branchTypes, values);
    this.stack.leaveReachable('br', label.branchTypes);
    this.control(controlOpcode.br, depth);
  }

  /** Branch if the condition is not zero; what the label wants must be on the stack and stays there. */
  brIf(label: Label, condition: Operand<'i32'>): void {
    const depth = this.stack.distance('br_if', label);
    this.push(this.checked('br_if', 'i32', condition));
    this.stack.apply('br_if', [...label.branchTypes, 'i32'], label.branchTypes);
    this.control(controlOpcode.br_if, depth);
  }

  /** Branch to the label at `index`, or to `otherwise` when the index is too large. */
  brTable(index: Operand<'i32'>, labels: readonly Label[], otherwise: Label): void {
    const depths = [...labels, otherwise].map((label) => this.stack.distance('br_table', label));
    invariant(labels.length < maxBranchTargets, `br_table: more than ${maxBranchTargets} targets`);
    this.push(this.checked('br_table', 'i32', index));
    this.stack.apply('br_table', ['i32'], []);
    for (const label of labels) {
      if (label.branchTypes.length !== otherwise.branchTypes.length) {
        throw this.error('br_table: the labels take different numbers of values');
      }
      this.stack.peek('br_table', label.branchTypes);
    }
    this.stack.leaveReachable('br_table', otherwise.branchTypes);
    this.control(controlOpcode.br_table, labels.length, ...depths);
  }

  /** Returns; the values are pushed first, after those already on the stack. */
  return(...values: readonly AnyOperand[]): void {
    this.pushLast('return', this.body.branchTypes, values);
    this.stack.leaveReachable('return', this.body.branchTypes);
    this.code.byte(controlOpcode.return);
  }

  /** Traps. */
  unreachable(): void {
    this.stack.leaveReachable('unreachable', []);
    this.code.byte(controlOpcode.unreachable);
  }

  /** Does nothing. */
  nop(): void {
    this.code.byte(controlOpcode.nop);
  }

  // For the module builder

  /** Ends the body: the results must be on the stack. Gives the code with its final `end`, and all locals in order. */
  finish(): { readonly locals: readonly LocalDeclaration[]; readonly code: Uint8Array } {
    this.close();
    invariant(this.stack.depth === 0, `function "${this.name}": a block is still open`);
    invariant(this.code.length <= maxBodyBytes, `function "${this.name}" is longer than ${maxBodyBytes} bytes`);
    return { locals: this.declared, code: this.code.toBytes() };
  }

  private open(kind: FrameKind, type: BlockType): Label {
    const { params = [], results = [] } = type;
    const label = this.stack.open(kind, { operands: params, results });
    this.code.byte(kind === 'loop' ? controlOpcode.loop : kind === 'if' ? controlOpcode.if : controlOpcode.block);
    const [first, second] = results;
    if (params.length > 0 || second !== undefined) {
      this.code.s32(this.module.typeIndex({ operands: params, results }));
    } else this.code.byte(first === undefined ? emptyBlock : valueTypeCode[first]);
    return label;
  }

  private close(): void {
    this.stack.close();
    this.code.byte(controlOpcode.end);
  }

  private control(opcode: number, ...indices: readonly number[]): void {
    this.code.byte(opcode);
    for (const index of indices) this.code.u32(index);
  }

  private write(expr: Expr): void {
    for (const operand of expr.operands) this.write(operand);
    this.emit(expr.instruction, expr.immediate);
  }

  private emit(instruction: Instruction, immediate: Immediate): void {
    if (instruction.needsMemory && !this.module.hasMemory()) {
      throw this.error(`${instruction.name}: the module has no memory`);
    }
    if (immediate.kind === 'local') this.own(instruction.name, immediate.local);
    this.stack.apply(instruction.name, instruction.operands, instruction.results);
    for (const byte of instruction.opcode) this.code.byte(byte);
    writeImmediate(this.code, immediate);
  }

  /** Pushes `values` as the last of `types`. */
  private pushLast(name: string, types: readonly ValueType[], values: readonly AnyOperand[]): void {
    if (values.length > types.length) throw this.error(`${name}: takes ${types.length} values, not ${values.length}`);
    types.slice(types.length - values.length).forEach((type, index) => {
      const value = values[index];
      if (value !== undefined) this.push(this.checked(name, type, value));
    });
  }

  private checked(name: string, type: ValueType, operand: AnyOperand, target?: string): Expr {
    try {
      return toExpr(type, operand);
    } catch (error) {
      const what = target === undefined ? name : `${name} of "${target}"`;
      throw this.error(`${what}: ${error instanceof Error ? error.message.replace('internal: ', '') : String(error)}`);
    }
  }

  private own(name: string, local: LocalReference): void {
    if (this.live[local.index] !== local) {
      throw this.error(`${name}: local "${local.name}" was freed or belongs to another function`);
    }
  }

  private error(what: string): InternalError {
    return new InternalError(`in function "${this.name}": ${what}`);
  }
}

/** Block type without parameters and results (section 5.4.1). */
const emptyBlock = 0x40;
