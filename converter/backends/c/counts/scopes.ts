import type { Value } from './values.ts';

/** A variable while control flow is followed. */
export interface Variable {
  readonly value: Value;
  /** Of the variable itself, for `sizeof`. */
  readonly bytes: number;
  readonly elementBytes: number;
}

/** Variables by name, of the outermost scope first. */
export type Scopes = Map<string, Variable>[];

export function copied(scopes: Readonly<Scopes>): Scopes {
  return scopes.map((scope) => new Map(scope));
}

export function find(scopes: Readonly<Scopes>, name: string): Variable | undefined {
  for (let i = scopes.length - 1; i >= 0; i--) {
    const found = scopes[i]?.get(name);
    if (found !== undefined) return found;
  }
  return undefined;
}
