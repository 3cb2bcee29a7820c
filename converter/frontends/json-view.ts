import { ProblemError } from '../problem.ts';

/** Any value of a JSON text. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Deepest nesting of a JSON text that is read; a nested Keras model uses about eight levels for each of its own. */
const deepest = 200;

/** Longest JSON text that is read, in bytes: 64 MiB. */
const longest = 2 ** 26;

/**
 * Parses UTF-8 JSON text.
 *
 * @param where the place for problems
 * @param code begins the codes of problems: `keras` gives `keras-json`
 */
export function parseJson(text: string | Uint8Array, where: string, code: string): JsonView {
  let value: Json;
  if (text.length > longest) {
    const what = `the JSON has ${text.length} bytes`;
    throw new ProblemError({ code: `${code}-json`, where, what, advice: `up to ${longest} bytes are read` });
  }
  try {
    const decoded = typeof text === 'string' ? text : new TextDecoder('utf-8', { fatal: true }).decode(text);
    value = JSON.parse(decoded) as Json;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const what = `this is no well-formed JSON: ${reason.slice(0, 120)}`;
    throw new ProblemError({ code: `${code}-json`, where, what, advice: 'download or save the model again' });
  }
  if (depthExceeds(value, deepest)) {
    const what = `the JSON is nested more than ${deepest} deep`;
    throw new ProblemError({
      code: `${code}-json`,
      where,
      what,
      advice: 'use a model with fewer models inside of each other',
    });
  }
  return new JsonView(value, where, code);
}

/** Level by level, so that no nesting is too deep for the check itself. */
function depthExceeds(value: Json, limit: number): boolean {
  let level: readonly Json[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limit) return true;
    level = level.flatMap((item) => (item === null || typeof item !== 'object' ? [] : Object.values(item)));
  }
  return false;
}

/** A value of a JSON text with its place in the user's words. What it does not hold is a problem that names the place. */
export class JsonView {
  readonly value: Json;
  readonly where: string;
  readonly #code: string;

  constructor(value: Json, where: string, code: string) {
    this.value = value;
    this.where = where;
    this.#code = code;
  }

  /** The same value under another name for its place. */
  at(where: string): JsonView {
    return new JsonView(this.value, where, this.#code);
  }

  /** The field `key`; null in `value` where there is none. */
  get(key: string): JsonView {
    const { value } = this;
    const isObject = value !== null && typeof value === 'object' && !Array.isArray(value);
    const found =
      isObject && Object.hasOwn(value, key) ? ((value as { readonly [k: string]: Json })[key] ?? null) : null;
    return new JsonView(found, `${this.where}, ${key}`, this.#code);
  }

  get isNull(): boolean {
    return this.value === null;
  }

  keys(): readonly string[] {
    const { value } = this;
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? Object.keys(value) : [];
  }

  /** The elements of a list; null for anything else. */
  items(): readonly JsonView[] | null {
    if (!Array.isArray(this.value)) return null;
    return this.value.map((item: Json) => new JsonView(item, this.where, this.#code));
  }

  list(): readonly JsonView[] {
    return this.items() ?? this.#fail('a list');
  }

  text(): string {
    return typeof this.value === 'string' ? this.value : this.#fail('text');
  }

  textOr(fallback: string): string {
    return this.isNull ? fallback : this.text();
  }

  /** True or false, which some versions write as 1 and 0. */
  flag(fallback: boolean): boolean {
    if (this.isNull) return fallback;
    if (this.value === 0 || this.value === 1) return this.value === 1;
    return typeof this.value === 'boolean' ? this.value : this.#fail('true or false');
  }

  number(): number {
    return typeof this.value === 'number' && Number.isFinite(this.value) ? this.value : this.#fail('a number');
  }

  numberOr(fallback: number): number {
    return this.isNull ? fallback : this.number();
  }

  /** A whole number from `low` to `high`. */
  whole(low: number, high: number = 2 ** 31 - 1): number {
    const value = this.number();
    return Number.isInteger(value) && value >= low && value <= high
      ? value
      : this.#fail(`a whole number from ${low} to ${high}`);
  }

  wholeOr(fallback: number, low: number, high: number = 2 ** 31 - 1): number {
    return this.isNull ? fallback : this.whole(low, high);
  }

  /** A list of whole numbers. */
  wholes(low: number, high: number = 2 ** 31 - 1): number[] {
    return this.list().map((item) => item.whole(low, high));
  }

  fail(what: string, advice: string): ProblemError {
    return new ProblemError({ code: `${this.#code}-value`, where: this.where, what, advice });
  }

  #fail(expected: string): never {
    const found = JSON.stringify(this.value) ?? 'nothing';
    throw this.fail(
      `${expected} is expected, not ${found.length > 60 ? `${found.slice(0, 60)}...` : found}`,
      'save the model again; the file does not follow its format',
    );
  }
}
