import type { CType } from './syntax.ts';

/**
 * What is known of a value while control flow is followed. Whole numbers and pointers are followed; what comes out of memory is
 * not.
 */
export interface Value {
  /** The number; of a pointer the bytes from a place that is a multiple of 16. Undefined where it depends on data. */
  readonly number: number | undefined;
  /** Bytes of what a pointer points to; 0 for what is no pointer. */
  readonly elementBytes: number;
  /** Whether it is another one in each round of a loop that is followed once for all rounds. */
  readonly varies: boolean;
  /** The fields of a structure, or of the one that is pointed to; the name of a function. */
  readonly parts: ReadonlyMap<string, Value> | string | null;
}

/** A value that depends on data. */
export const unknown: Value = { number: undefined, elementBytes: 0, varies: false, parts: null };

export function known(number: number, elementBytes = 0): Value {
  return { number, elementBytes, varies: false, parts: null };
}

/** Bytes of an element of that type. */
export function bytesOf({ name, pointers }: CType): number {
  if (pointers > 0) return 4;
  if (/8_t$|char$/.test(name)) return 1;
  if (/16_t$|short$/.test(name)) return 2;
  if (/64_t$|^double$|long long/.test(name)) return 8;
  return 4;
}

/** Bytes of what a variable of that type points to. */
export function elementBytesOf(type: CType, isArray: boolean): number {
  if (isArray) return bytesOf(type);
  return type.pointers === 0 ? 0 : bytesOf({ ...type, pointers: type.pointers - 1 });
}

/** `left operator right` on numbers; pointers count in elements. */
export function combined(operator: string, left: Value, right: Value): Value {
  const varies = left.varies || right.varies;
  if (operator === ',') return right;
  const pointer = left.elementBytes > 0 ? left : right.elementBytes > 0 ? right : null;
  const isMove = (operator === '+' || operator === '-') && pointer !== null;
  const bothPointers = left.elementBytes > 0 && right.elementBytes > 0;
  const elementBytes = isMove && !bothPointers ? pointer.elementBytes : 0;
  const shortcut = shortcutOf(operator, left, right);
  if (shortcut !== undefined) return { ...known(shortcut), varies };
  if (left.number === undefined || right.number === undefined) return { ...unknown, elementBytes, varies };
  const [a, b] = isMove && !bothPointers ? scaled(left, right) : [left.number, right.number];
  const number = apply(operator, a, b);
  const result = bothPointers && operator === '-' ? number / (pointer?.elementBytes ?? 1) : number;
  return { number: Number.isFinite(result) ? result : undefined, elementBytes, varies, parts: null };
}

/** What `&&` and `||` are where one side decides. */
function shortcutOf(operator: string, left: Value, right: Value): number | undefined {
  const decides = operator === '&&' ? 0 : operator === '||' ? 1 : undefined;
  if (decides === undefined) return undefined;
  const truth = ({ number }: Value) => (number === undefined ? undefined : Number(number !== 0));
  return truth(left) === decides || truth(right) === decides ? decides : undefined;
}

function scaled(left: Value, right: Value): [number, number] {
  const [a, b] = [left.number ?? 0, right.number ?? 0];
  return left.elementBytes > 0 ? [a, b * left.elementBytes] : [a * right.elementBytes, b];
}

function apply(operator: string, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return Number.isInteger(a) && Number.isInteger(b) ? Math.trunc(a / b) : a / b;
    case '%':
      return a % b;
    case '<<':
      return a * 2 ** b;
    case '>>':
      return Math.floor(a / 2 ** b);
    case '&':
      return a & b;
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    case '<':
      return Number(a < b);
    case '>':
      return Number(a > b);
    case '<=':
      return Number(a <= b);
    case '>=':
      return Number(a >= b);
    case '==':
      return Number(a === b);
    case '!=':
      return Number(a !== b);
    case '&&':
      return Number(a !== 0 && b !== 0);
    case '||':
      return Number(a !== 0 || b !== 0);
    default:
      return Number.NaN;
  }
}
