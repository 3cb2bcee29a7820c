import { visit } from './assigned.ts';
import { type Kinds, kindsOf } from './kinds.ts';
import type { Expression, Statement } from './syntax.ts';
import type { Trips } from './trips.ts';
import type { Value } from './values.ts';

/** What has been executed, as text to compare. */
export function textOf(trips: Trips): string {
  return [...trips.all].map(([key, { count }]) => `${key}:${count}`).join('\n');
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

/** A pointer that is passed on: only its place among 16 bytes matters, that of the first round. */
export function settled(value: Value): Value {
  if (value.elementBytes === 0) return value;
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
