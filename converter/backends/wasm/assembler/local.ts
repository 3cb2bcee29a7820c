import type { Expr } from './expression.ts';
import { type Immediate, noImmediate } from './immediate.ts';
import { callInstruction, globalGet, localGet } from './instructions/parametric.ts';
import type { Instruction } from './instructions/table.ts';
import type { FunctionType, ValueType } from './value-type.ts';

/** A parameter or local variable of one function. Used as an expression it is its value. */
export class Local<T extends ValueType = ValueType> implements Expr<T> {
  readonly type: T;
  readonly name: string;
  readonly index: number;
  readonly instruction: Instruction;
  readonly operands: readonly Expr[] = [];
  readonly immediate: Immediate;

  constructor(type: T, name: string, index: number) {
    this.type = type;
    this.name = name;
    this.index = index;
    this.instruction = localGet[type];
    this.immediate = { kind: 'local', local: this };
  }
}

/** A global variable of the module. Used as an expression it is its value. */
export class Global<T extends ValueType = ValueType> implements Expr<T> {
  readonly type: T;
  readonly name: string;
  readonly index: number;
  readonly mutable: boolean;
  readonly instruction: Instruction;
  readonly operands: readonly Expr[] = [];
  readonly immediate: Immediate;

  constructor(type: T, name: string, index: number, mutable: boolean) {
    this.type = type;
    this.name = name;
    this.index = index;
    this.mutable = mutable;
    this.instruction = globalGet[type];
    this.immediate = { kind: 'indices', indices: [index] };
  }
}

/** Named parameters in order. Names must not look like array indices, which would be sorted to the front. */
export type Parameters = { readonly [name: string]: ValueType };

/** A function of the module, imported or its own. */
export class FunctionRef<P extends Parameters = Parameters, R extends readonly ValueType[] = readonly ValueType[]> {
  readonly name: string;
  readonly index: number;
  readonly params: P;
  readonly results: R;
  readonly type: FunctionType;
  readonly instruction: Instruction;
  readonly immediate: Immediate;

  constructor(name: string, index: number, params: P, results: R) {
    this.name = name;
    this.index = index;
    this.params = params;
    this.results = results;
    this.type = { operands: Object.values(params), results };
    this.instruction = callInstruction(name, this.type);
    this.immediate = index < 0 ? noImmediate : { kind: 'indices', indices: [index] };
  }
}
