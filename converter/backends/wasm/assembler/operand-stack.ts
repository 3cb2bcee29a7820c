import { InternalError, invariant } from '../../../problem.ts';
import { type FunctionType, formatTypes, type ValueType } from './value-type.ts';

/** The type of a value that unreachable code would have left: it fits every operand. */
type StackType = ValueType | 'unknown';

/** What opened a stretch of structured code. */
export type FrameKind = 'function' | 'block' | 'loop' | 'if' | 'else';

/** A label: the target of branches out of a block, or back to the head of a loop. */
export interface Label {
  /** Position on the control stack; the function body is 0. */
  readonly level: number;
  /** What a branch to this label takes from the stack. */
  readonly branchTypes: readonly ValueType[];
}

interface Frame extends Label {
  kind: FrameKind;
  readonly type: FunctionType;
  /** Stack height at the entry, below which this frame must not reach. */
  readonly height: number;
  unreachable: boolean;
}

/**
 * The validation algorithm of the specification (WebAssembly 2.0, appendix "Validation Algorithm"): types of the
 * values on the operand stack and the open blocks. Every misfit throws `InternalError` with the name of the
 * instruction, what it expected and what the stack holds.
 */
export class OperandStack {
  private readonly owner: string;
  private readonly values: StackType[] = [];
  private readonly frames: Frame[] = [];

  /** `owner` names the function in errors; the first frame to open is the function body. */
  constructor(owner: string) {
    this.owner = owner;
  }

  /** Number of open frames, the function body included; 0 when the function is closed. */
  get depth(): number {
    return this.frames.length;
  }

  /** Takes the operands, leaves the results. */
  apply(name: string, operands: readonly ValueType[], results: readonly ValueType[]): void {
    this.take(name, operands);
    for (const type of results) this.values.push(type);
  }

  /** The type on top; `undefined` when the frame is empty or the value comes from unreachable code. */
  top(): ValueType | undefined {
    const height = this.frames.at(-1)?.height ?? 0;
    const type = this.values.length > height ? this.values.at(-1) : undefined;
    return type === 'unknown' ? undefined : type;
  }

  /** Enters a block: its operands must be on the stack. */
  open(kind: FrameKind, type: FunctionType): Label {
    if (this.frames.length > 0) this.take(kind, type.operands);
    const frame: Frame = {
      kind,
      type,
      level: this.frames.length,
      branchTypes: kind === 'loop' ? type.operands : type.results,
      height: this.values.length,
      unreachable: false,
    };
    this.frames.push(frame);
    this.values.push(...type.operands);
    return frame;
  }

  /** Turns an `if` into its `else`: the first arm must have left exactly its results. */
  otherwise(): void {
    const frame = this.current('else');
    invariant(frame.kind === 'if', `else in ${this.owner}: the innermost block is a ${frame.kind}`);
    this.leave('else', frame);
    frame.kind = 'else';
    frame.unreachable = false;
    this.values.push(...frame.type.operands);
  }

  /** Leaves the innermost frame: its results, and nothing else, must be on the stack. */
  close(): void {
    const frame = this.current('end');
    if (frame.kind === 'if' && formatTypes(frame.type.operands) !== formatTypes(frame.type.results)) {
      throw this.error('end', `an if without else cannot turn ${typeText(frame.type)}`);
    }
    this.leave(`end of ${frame.kind}`, frame);
    this.frames.pop();
    this.values.push(...frame.type.results);
  }

  /** Number of frames between here and the label; throws when the label is not open in this function. */
  distance(name: string, label: Label): number {
    if (this.frames[label.level] !== label) throw this.error(name, 'the label is not open here');
    return this.frames.length - 1 - label.level;
  }

  /** Checks that one of several branches could take the types, and leaves the stack as it is. */
  peek(name: string, types: readonly ValueType[]): void {
    this.check(name, types, false);
  }

  /** Takes the operands of an instruction after which the code cannot be reached. */
  leaveReachable(name: string, operands: readonly ValueType[]): void {
    this.take(name, operands);
    const frame = this.current(name);
    this.values.length = frame.height;
    frame.unreachable = true;
  }

  private leave(name: string, frame: Frame): void {
    this.check(name, frame.type.results, true);
    this.values.length = frame.height;
  }

  private take(name: string, operands: readonly ValueType[]): void {
    const frame = this.current(name);
    this.check(name, operands, false);
    this.values.length = Math.max(frame.height, this.values.length - operands.length);
  }

  /** Compares the top of the stack with `expected`; with `exact`, nothing may lie below within the frame. */
  private check(name: string, expected: readonly ValueType[], exact: boolean): void {
    const frame = this.current(name);
    const available = this.values.length - frame.height;
    let fits = available >= expected.length || frame.unreachable;
    if (exact && available > expected.length) fits = false;
    const compared = Math.min(available, expected.length);
    for (let depth = 1; fits && depth <= compared; depth++) {
      const actual = this.values[this.values.length - depth];
      fits = actual === expected[expected.length - depth] || actual === 'unknown';
    }
    if (!fits) throw this.error(name, `expected ${formatTypes(expected)}`);
  }

  private current(name: string): Frame {
    const frame = this.frames.at(-1);
    if (frame === undefined) throw this.error(name, 'the function is closed');
    return frame;
  }

  private error(name: string, what: string): InternalError {
    const actual = formatTypes(this.values.slice(this.frames.at(-1)?.height ?? 0));
    return new InternalError(`${name} in function "${this.owner}": ${what}, the stack holds ${actual}`);
  }
}

function typeText(type: FunctionType): string {
  return `${formatTypes(type.operands)} into ${formatTypes(type.results)}`;
}
