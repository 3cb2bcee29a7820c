/**
 * How a number depends on what changes: a linear form, the factors of variables by their keys. NaN is the factor of a variable that it
 * depends on in another way.
 */
export type Form = ReadonlyMap<number, number>;

export const constantForm: Form = new Map();

/** What is known of a value while code is followed. */
export interface Value {
  /** The number, as a signed integer of 32 bits; undefined where data decides. */
  readonly n: number | undefined;
  readonly form: Form;
  /** Of a comparison: what is compared with 0, and how. */
  readonly comparison: Comparison | null;
}

export interface Comparison {
  readonly relation: Relation;
  /** Left side minus right side. */
  readonly difference: number;
  readonly form: Form;
}

export type Relation = 'eq' | 'ne' | 'lt' | 'gt' | 'le' | 'ge';

export const unknown: Value = { n: undefined, form: constantForm, comparison: null };

/** A number that is known in principle, and was not kept: no decision may rest on it. */
export const lost: Value = { ...unknown };

export function constant(n: number): Value {
  return { n: n | 0, form: constantForm, comparison: null };
}

export function withForm(n: number | undefined, form: Form): Value {
  return { n, form, comparison: null };
}

/** `a` + factor * `b`; what cancels is left out. */
export function combined(a: Form, b: Form, factor: number): Form {
  if (b.size === 0) return a;
  const result = new Map(a);
  for (const [key, coefficient] of b) {
    const total = (result.get(key) ?? 0) + factor * coefficient;
    if (total === 0) result.delete(key);
    else result.set(key, total);
  }
  return result;
}

/** Depends on all of them in ways that are not linear. */
export function entangled(...forms: readonly Form[]): Form {
  if (forms.every(({ size }) => size === 0)) return constantForm;
  return new Map(forms.flatMap((form) => [...form.keys()].map((key): [number, number] => [key, Number.NaN])));
}

/** The form with variables replaced by what they depend on themselves. */
export function substituted(form: Form, replacement: (key: number) => Form | null): Form {
  let result = constantForm;
  for (const [key, factor] of form) {
    const inner = replacement(key) ?? new Map([[key, 1]]);
    result = combined(result, Number.isNaN(factor) ? entangled(inner) : inner, Number.isNaN(factor) ? 1 : factor);
  }
  return result;
}

const arithmetic: { readonly [name: string]: (a: number, b: number) => number } = {
  'i32.and': (a, b) => a & b,
  'i32.or': (a, b) => a | b,
  'i32.xor': (a, b) => a ^ b,
  'i32.shr_s': (a, b) => a >> b,
  'i32.shr_u': (a, b) => a >>> b,
  'i32.div_s': (a, b) => Math.trunc(a / b),
  'i32.div_u': (a, b) => Math.floor((a >>> 0) / (b >>> 0)),
  'i32.rem_s': (a, b) => a % b,
  'i32.rem_u': (a, b) => (a >>> 0) % (b >>> 0),
};

const relations: { readonly [name: string]: readonly [relation: Relation, isUnsigned: boolean] } = {
  'i32.eq': ['eq', false],
  'i32.ne': ['ne', false],
  'i32.lt_s': ['lt', false],
  'i32.lt_u': ['lt', true],
  'i32.gt_s': ['gt', false],
  'i32.gt_u': ['gt', true],
  'i32.le_s': ['le', false],
  'i32.le_u': ['le', true],
  'i32.ge_s': ['ge', false],
  'i32.ge_u': ['ge', true],
};

/** Whether `difference` stands in the relation to 0. */
export function holds(relation: Relation, difference: number): boolean {
  switch (relation) {
    case 'eq':
      return difference === 0;
    case 'ne':
      return difference !== 0;
    case 'lt':
      return difference < 0;
    case 'gt':
      return difference > 0;
    case 'le':
      return difference <= 0;
    case 'ge':
      return difference >= 0;
    default:
      return relation satisfies never;
  }
}

/** Whether the value is not zero, as a comparison; of a value without number null. */
export function asComparison({ n, form, comparison }: Value): Comparison | null {
  if (n === undefined) return null;
  return comparison ?? { relation: 'ne', difference: n, form };
}

function compare(relation: Relation, difference: number, form: Form): Value {
  const isTrue = holds(relation, difference);
  return { n: isTrue ? 1 : 0, form: entangled(form), comparison: { relation, difference, form } };
}

/** The result of an instruction on integers of 32 bits. */
export function apply(name: string, a: Value, b: Value | undefined): Value {
  if (a === lost || b === lost) return lost;
  if (a.n === undefined) return unknown;
  if (name === 'i32.eqz') return negated(a, a.n);
  if (b?.n === undefined) return unknown;
  switch (name) {
    case 'i32.add':
      return withForm((a.n + b.n) | 0, combined(a.form, b.form, 1));
    case 'i32.sub':
      return withForm((a.n - b.n) | 0, combined(a.form, b.form, -1));
    case 'i32.mul':
      return product(a, b, Math.imul(a.n, b.n));
    case 'i32.shl':
      return b.form.size === 0
        ? product(a, constant(1 << b.n), a.n << b.n)
        : withForm(a.n << b.n, entangled(a.form, b.form));
    default: {
      const related = relations[name];
      if (related !== undefined) return compareBoth(a, b, a.n, b.n, related);
      const known = arithmetic[name];
      return known === undefined ? unknown : withForm(known(a.n, b.n) | 0, entangled(a.form, b.form));
    }
  }
}

const opposites: { readonly [R in Relation]: Relation } = {
  eq: 'ne',
  ne: 'eq',
  lt: 'ge',
  ge: 'lt',
  gt: 'le',
  le: 'gt',
};

function negated({ form, comparison }: Value, n: number): Value {
  if (comparison === null) return compare('eq', n, form);
  return compare(opposites[comparison.relation], comparison.difference, comparison.form);
}

function compareBoth(
  a: Value,
  b: Value,
  left: number,
  right: number,
  [relation, isUnsigned]: readonly [Relation, boolean],
): Value {
  if (!isUnsigned || (left >= 0 && right >= 0)) {
    return compare(relation, left - right, combined(a.form, b.form, -1));
  }
  return compare(relation, (left >>> 0) - (right >>> 0), entangled(a.form, b.form));
}

function product(a: Value, b: Value, n: number): Value {
  if (b.form.size === 0 && b.n !== undefined) return withForm(n, combined(constantForm, a.form, b.n));
  if (a.form.size === 0 && a.n !== undefined) return withForm(n, combined(constantForm, b.form, a.n));
  return withForm(n, entangled(a.form, b.form));
}
