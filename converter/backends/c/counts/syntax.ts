/** An expression of C. */
export type Expression =
  | { readonly kind: 'number'; readonly value: number; readonly isFloat: boolean }
  | { readonly kind: 'string' }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'unary'; readonly operator: string; readonly operand: Expression }
  | { readonly kind: 'step'; readonly by: 1 | -1; readonly isBefore: boolean; readonly target: Expression }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'assign'; readonly operator: string; readonly target: Expression; readonly value: Expression }
  | { readonly kind: 'choice'; readonly test: Expression; readonly yes: Expression; readonly no: Expression }
  | { readonly kind: 'call'; readonly callee: Expression; readonly args: readonly Expression[] }
  | { readonly kind: 'index'; readonly base: Expression; readonly at: Expression }
  | { readonly kind: 'member'; readonly base: Expression; readonly name: string; readonly isArrow: boolean }
  | { readonly kind: 'cast'; readonly type: CType; readonly operand: Expression }
  | { readonly kind: 'sizeof'; readonly of: CType | Expression }
  | { readonly kind: 'list'; readonly items: readonly Expression[] };

/** A type as far as counting cares. */
export interface CType {
  readonly kind: 'type';
  /** `int8_t`, `struct thimble_tile` */
  readonly name: string;
  readonly pointers: number;
}

export interface Declared {
  readonly name: string;
  readonly type: CType;
  /** Lengths of an array; empty for what is none. */
  readonly lengths: readonly Expression[];
  readonly initial: Expression | null;
}

/** A statement; `template` is its text with other numbers than small ones left out: like statements have the same. */
export type Statement =
  | { readonly kind: 'declare'; readonly variables: readonly Declared[]; readonly template: string }
  | { readonly kind: 'expression'; readonly expression: Expression; readonly template: string }
  | {
      readonly kind: 'if';
      readonly test: Expression;
      readonly yes: Statement;
      readonly no: Statement | null;
      readonly template: string;
    }
  | Loop
  | { readonly kind: 'block'; readonly statements: readonly Statement[] }
  | { readonly kind: 'return'; readonly value: Expression | null; readonly template: string }
  | { readonly kind: 'break' | 'continue' }
  | { readonly kind: 'assembly'; readonly template: string };

/** A loop of any kind; `while` has neither `first` nor `step`. */
export interface Loop {
  readonly kind: 'loop';
  readonly first: Statement | null;
  readonly test: Expression | null;
  readonly step: Expression | null;
  readonly body: Statement;
  /** Whether the body runs before the first test. */
  readonly isDo: boolean;
  readonly template: string;
}

/** A function of a support header. */
export interface CFunction {
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly type: CType }[];
  readonly body: readonly Statement[];
  /** How it goes on: `loops` has loops of C, `assembly` loops of assembly, `straight` none. */
  readonly flow: 'loops' | 'assembly' | 'straight';
  /** Whether compilers keep it apart from its callers, so that they know nothing of its arguments. */
  readonly isApart: boolean;
}
