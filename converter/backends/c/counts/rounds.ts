import { namesIn, visit } from './assigned.ts';
import { type Kinds, kindsOf } from './kinds.ts';
import type { CType, Expression, Loop, Statement } from './syntax.ts';
import type { Trips } from './trips.ts';
import type { Value } from './values.ts';

/** Rounds after which a loop whose end is never seen is given up. */
export const MOST_ROUNDS = 1 << 22;

/** Rounds of a loop from which on some are taken to be like others. */
export const MANY_ROUNDS = 12;

/** Most rounds of a loop that compilers may write out. */
export const WRITTEN_OUT = 4;

/** What has been executed, as text to compare. */
export function textOf(trips: Trips): string {
  return [...trips.all].map(([key, { count }]) => `${key}:${count}`).join('\n');
}

/** Whether the end of a loop depends on more than its own variable and numbers. */
export function asksOthers({ test, step }: Loop): boolean {
  const own = step === null ? new Set<string>() : namesIn(step);
  return test === null || [...namesIn(test)].some((name) => !own.has(name));
}

/** Whether statements divide, as those do that find a pixel by its number. */
export function divides(body: Statement): boolean {
  let found = false;
  visit(body, (node) => {
    found ||= (node.kind === 'binary' || node.kind === 'assign') && /^[/%]$/.test(node.operator);
  });
  return found;
}

/** `(void)x`, which is nothing. */
export function isVoid(expression: Expression): boolean {
  return expression.kind === 'cast' && expression.type.name === 'void' && expression.type.pointers === 0;
}

/** A pointer of which only the first place matters. */
export function placed(value: Value): Value {
  return value.elementBytes === 0 || value.number === undefined ? value : { ...value, varies: false };
}

/** A pointer whose place depends on data: loops from there to a place so many bytes further on are seen, wherever it is. */
export function somewhere(value: Value): Value {
  return value.number === undefined && !value.varies && typeof value.parts !== 'string'
    ? { ...value, number: 0 }
    : value;
}

/** A pointer that is passed on: only its place among 16 bytes matters, that of the first round. */
export function settled(value: Value, type?: CType): Value {
  if (value.elementBytes === 0 && (type === undefined || type.pointers === 0)) return value;
  const number = value.number ?? 0;
  return { ...value, number: ((number % 16) + 16) % 16, varies: false };
}

export function keyOf({ number, elementBytes, parts }: Value): string {
  if (typeof parts === 'string') return parts;
  const fields = parts === null ? '' : `{${[...parts.values()].map(keyOf).join()}}`;
  return `${number ?? '?'}/${elementBytes}${fields}`;
}

const keptReal = new WeakMap<Statement, Kinds>();
const keptWhole = new WeakMap<Statement, Kinds>();

export function keptKinds(statement: Statement, isReal: boolean): Kinds {
  const kept = isReal ? keptReal : keptWhole;
  const found = kept.get(statement);
  if (found !== undefined) return found;
  const kinds = kindsOf(statement, isReal);
  kept.set(statement, kinds);
  return kinds;
}
