import { partsOf } from './assembly.ts';
import { assignedIn, type Change, namesIn } from './assigned.ts';
import type { Call } from './call.ts';
import { copyParts, fillParts, isLongCopy } from './copies.ts';
import { type Kinds, oneKind } from './kinds.ts';
import type { Library } from './library.ts';
import { type Parts, UNKNOWN } from './parts.ts';
import {
  asksOthers,
  divides,
  isVoid,
  keptKinds,
  keyOf,
  MANY_ROUNDS,
  MOST_ROUNDS,
  placed,
  settled,
  somewhere,
  textOf,
  WRITTEN_OUT,
} from './rounds.ts';
import { copied, find, type Scopes, type Variable } from './scopes.ts';
import type { CFunction, CType, Expression, Loop, Statement } from './syntax.ts';
import { Trips } from './trips.ts';
import { bytesOf, combined, elementBytesOf, known, unknown, type Value } from './values.ts';

/** How often everything in a call is executed, functions that it calls included. */
export function walkCall(call: Call, library: Library): Trips {
  const walker = new Walker(call, library);
  walker.run(call.body);
  return walker.trips;
}

/** Raised where control depends on the round of a loop that was to be followed once for all rounds. */
class Varies extends Error {}

type Way = 'on' | 'break' | 'continue' | 'return';

const memo = new WeakMap<Library, Map<string, Trips>>();

class Walker {
  trips = new Trips();
  readonly #call: Call;
  readonly #library: Library;
  #scopes: Scopes = [];

  constructor(call: Call, library: Library) {
    this.#call = call;
    this.#library = library;
    const variables = call.parameters.map(({ name, type }, i): [string, Variable] => {
      const value = call.values[i] ?? unknown;
      const elementBytes = elementBytesOf(type, false);
      return [name, { value: { ...value, elementBytes }, bytes: bytesOf(type), elementBytes }];
    });
    this.#scopes = [new Map(variables)];
  }

  /** Statements in a scope of their own. */
  run(statements: readonly Statement[]): Way {
    this.#scopes.push(new Map());
    let way: Way = 'on';
    for (const statement of statements) {
      way = this.#statement(statement);
      if (way !== 'on') break;
    }
    this.#scopes.pop();
    return way;
  }

  #count(template: string, count: number, kinds: Kinds): void {
    if (kinds.size > 0) this.trips.add(`${this.#call.scope}|${template}`, count, kinds);
  }

  #kinds(statement: Statement): Kinds {
    return keptKinds(statement, this.#call.isReal);
  }

  #statement(statement: Statement): Way {
    switch (statement.kind) {
      case 'block':
        return this.run(statement.statements);
      case 'break':
      case 'continue':
        return statement.kind;
      case 'declare':
        this.#declare(statement);
        return 'on';
      case 'expression':
        if (!isVoid(statement.expression)) this.#count(statement.template, 1, this.#kinds(statement));
        this.#evaluate(statement.expression);
        return 'on';
      case 'assembly':
        this.#count(statement.template, 1, this.#kinds(statement));
        return 'on';
      case 'return':
        this.#count(statement.template, 1, this.#kinds(statement));
        if (statement.value !== null) this.#evaluate(statement.value);
        return 'return';
      case 'if':
        return this.#branch(statement);
      case 'loop':
        return this.#loop(statement);
      default:
        statement satisfies never;
        return 'on';
    }
  }

  #declare(statement: Extract<Statement, { kind: 'declare' }>): void {
    if (statement.variables.some(({ initial }) => initial !== null)) {
      this.#count(statement.template, 1, this.#kinds(statement));
    }
    for (const { name, type, lengths, initial } of statement.variables) {
      const isArray = lengths.length > 0;
      const elementBytes = elementBytesOf(type, isArray);
      const count = lengths.reduce((product, length) => product * (this.#evaluate(length).number ?? 1), 1);
      const given = initial === null ? (isArray ? known(0) : unknown) : this.#initial(initial, type, isArray);
      const value = initial !== null && type.pointers > 0 ? somewhere(given) : given;
      const bytes = isArray ? count * bytesOf(type) : bytesOf(type);
      this.#scopes.at(-1)?.set(name, { value: { ...value, elementBytes }, bytes, elementBytes });
    }
  }

  #initial(initial: Expression, type: CType, isArray: boolean): Value {
    if (initial.kind !== 'list') return this.#evaluate(initial);
    const items = initial.items.map((item) => this.#evaluate(item));
    if (isArray) return known(0);
    const fields = this.#library.structures.get(type.name) ?? [];
    return { ...unknown, parts: new Map(fields.map((field, i) => [field, items[i] ?? unknown])) };
  }

  /** Whether a condition holds; null where that depends on data. */
  #holds(test: Expression): boolean | null {
    const { number, varies } = this.#evaluate(test);
    if (varies) throw new Varies();
    return number === undefined ? null : number !== 0;
  }

  #branch(statement: Extract<Statement, { kind: 'if' }>): Way {
    const holds = this.#holds(statement.test);
    this.#count(statement.template, 1, this.#kinds(statement));
    if (holds === true) return this.#statement(statement.yes);
    if (holds === false) return statement.no === null ? 'on' : this.#statement(statement.no);
    // Where data decides, each way counts as often.
    for (const way of [statement.yes, statement.no]) {
      if (way !== null) this.#repeated(0.5, () => this.#statement(way));
    }
    return 'on';
  }

  /** Does something that counts `rounds` times. */
  #repeated<T>(rounds: number, work: () => T): T {
    const outside = this.trips;
    this.trips = new Trips();
    try {
      const result = work();
      outside.addAll(this.trips, rounds);
      return result;
    } finally {
      this.trips = outside;
    }
  }

  #loop(loop: Loop): Way {
    this.#scopes.push(new Map());
    if (loop.first !== null) this.#statement(loop.first);
    this.#count(`${loop.template} entry`, 1, oneKind('entry'));
    const way = this.#atOnce(loop) ?? this.#bySamples(loop) ?? this.#roundByRound(loop);
    this.#scopes.pop();
    return way === 'return' ? 'return' : 'on';
  }

  #roundByRound(loop: Loop): Way {
    let round = 0;
    let way: Way = 'on';
    while (round < MOST_ROUNDS) {
      const holds = loop.test === null || (loop.isDo && round === 0) ? true : this.#holds(loop.test);
      if (holds === false) break;
      round++;
      way = this.#statement(loop.body);
      if (way === 'break' || way === 'return') break;
      if (loop.step !== null) this.#evaluate(loop.step);
      // How long data lets it go on is not known: once.
      if (holds === null) break;
    }
    this.#countRounds(loop, round);
    return way === 'return' ? 'return' : 'on';
  }

  /** Compilers write short loops out. */
  #countRounds(loop: Loop, rounds: number): void {
    if (rounds === 0) return;
    const isWrittenOut = rounds <= WRITTEN_OUT && !(this.#call.isApart && asksOthers(loop));
    const name = isWrittenOut ? `${loop.template} x ${rounds}` : loop.template;
    this.#count(name, rounds, this.#kinds(loop));
  }

  /** A loop that writes one byte, or zeros, to neighbouring places, which compilers leave to `memset`. */
  #filled(body: Statement, rounds: number): Parts | null {
    const [only, ...others] = body.kind === 'block' ? body.statements : [body];
    if (only?.kind !== 'expression' || others.length > 0 || rounds <= WRITTEN_OUT) return null;
    const assign = only.expression;
    if (assign.kind !== 'assign' || assign.operator !== '' || assign.target.kind !== 'unary') return null;
    const { target, value } = assign;
    if (target.operand.kind !== 'step' || target.operand.isBefore || target.operand.target.kind !== 'name') return null;
    const [to, written] = [this.#evaluate(target.operand.target), this.#evaluate(value)];
    if (written.number === undefined || (to.elementBytes !== 1 && written.number !== 0)) return null;
    if (to.varies) throw new Varies();
    return fillParts(to.number ?? 0, rounds * to.elementBytes, this.#library.macros);
  }

  /** Follows one round for all of them; null where rounds differ, and nothing has happened. */
  #atOnce(loop: Loop): Way | null {
    const { test, step, body } = loop;
    if (test === null || step === null) return null;
    const changes = assignedIn(body);
    const head = new Set([...namesIn(test), ...namesIn(step)]);
    if ([...head].some((name) => changes.has(name))) return null;
    const before = copied(this.#scopes);
    const rounds = this.#rounds(test, step);
    const after = copied(this.#scopes);
    if (rounds === null || rounds < 2) {
      this.#scopes = before;
      return null;
    }
    this.#scopes = copied(before);
    const filled = this.#filled(body, rounds);
    if (filled !== null) return this.#fill(filled, changes, rounds);
    const heads = [...assignedIn(step).keys()];
    for (const name of [...changes.keys(), ...heads]) this.#set(name, (value) => ({ ...value, varies: true }));
    try {
      const way = this.#repeated(rounds, () => this.#statement(body));
      if (way === 'break' || way === 'return') {
        this.#scopes = before;
        return null;
      }
    } catch (error) {
      if (!(error instanceof Varies)) throw error;
      this.#scopes = before;
      return null;
    }
    this.#countRounds(loop, rounds);
    const once = this.#scopes;
    this.#scopes = before;
    for (const [name, change] of changes) {
      const [from, to] = [find(before, name)?.value, find(once, name)?.value];
      const delta = change === 'steps' ? (to?.number ?? Number.NaN) - (from?.number ?? Number.NaN) : Number.NaN;
      this.#set(name, (value) => ({
        ...value,
        number: Number.isNaN(delta) ? undefined : (from?.number ?? 0) + rounds * delta,
      }));
    }
    for (const name of heads) this.#set(name, () => find(after, name)?.value ?? unknown);
    return 'on';
  }

  /**
   * Follows some rounds of a loop with many, where what differs at the ends of the range, as the edges of an image, is the same in
   * between: rounds between three that are the same are taken to be so, too. Null where rounds depend on each other, or divide.
   */
  #bySamples(loop: Loop): Way | null {
    const { test, step, body } = loop;
    if (test === null || step === null || this.#varies) return null;
    const changes = assignedIn(body);
    const heads = [...assignedIn(step).keys()];
    if ([...namesIn(test), ...namesIn(step)].some((name) => changes.has(name)) || divides(body)) return null;
    const before = copied(this.#scopes);
    const places: Map<string, Value>[] = [];
    while (places.length < MOST_ROUNDS && this.#holds(test) === true) {
      places.push(new Map(heads.map((name) => [name, find(this.#scopes, name)?.value ?? unknown])));
      this.#evaluate(step);
    }
    const after = copied(this.#scopes);
    this.#scopes = before;
    if (places.length < MANY_ROUNDS) return null;
    const samples = new Map<number, { readonly trips: Trips; readonly text: string }>();
    const sample = (round: number) => {
      const known = samples.get(round);
      if (known !== undefined) return known;
      this.#scopes = copied(before);
      for (const name of changes.keys()) this.#set(name, (value) => ({ ...value, number: undefined, varies: true }));
      for (const [name, value] of places[round] ?? []) this.#set(name, () => value);
      const outside = this.trips;
      this.trips = new Trips();
      try {
        this.#statement(body);
        const found = { trips: this.trips, text: textOf(this.trips) };
        samples.set(round, found);
        return found;
      } finally {
        this.trips = outside;
      }
    };
    const total = new Trips();
    const between = (first: number, last: number): void => {
      if (last - first < 2) return;
      const middle = (first + last) >> 1;
      const [a, b, c] = [sample(first), sample(middle), sample(last)];
      if (a.text === b.text && b.text === c.text) total.addAll(b.trips, last - first - 1);
      else {
        total.addAll(b.trips, 1);
        between(first, middle);
        between(middle, last);
      }
    };
    try {
      const last = places.length - 1;
      total.addAll(sample(0).trips, 1);
      total.addAll(sample(last).trips, 1);
      between(0, last);
    } catch (error) {
      if (!(error instanceof Varies)) throw error;
      this.#scopes = before;
      return null;
    }
    this.trips.addAll(total, 1);
    this.#countRounds(loop, places.length);
    this.#scopes = before;
    for (const name of changes.keys()) this.#set(name, (value) => ({ ...value, number: undefined }));
    for (const name of heads) this.#set(name, () => find(after, name)?.value ?? unknown);
    return 'on';
  }

  /** Whether anything that is known may be another one in each round of a loop around. */
  get #varies(): boolean {
    return this.#scopes.some((scope) => [...scope.values()].some(({ value }) => value.varies));
  }

  #fill(parts: Parts, changes: ReadonlyMap<string, Change>, rounds: number): Way {
    this.#addParts('memset', parts);
    for (const name of changes.keys()) {
      this.#set(name, (value) => ({ ...value, number: (value.number ?? 0) + rounds * value.elementBytes }));
    }
    return 'on';
  }

  #addParts(name: string, parts: Parts): void {
    for (const [part, count] of parts) {
      if (count !== 0) this.trips.add(`${name}|${part}`, count, oneKind('library'));
    }
  }

  /** How often the body runs, if the head alone decides; null where that depends on data. */
  #rounds(test: Expression, step: Expression): number | null {
    for (let rounds = 0; rounds < MOST_ROUNDS; rounds++) {
      const holds = this.#holds(test);
      if (holds === null) return null;
      if (!holds) return rounds;
      this.#evaluate(step);
    }
    return null;
  }

  #set(name: string, change: (value: Value) => Value): void {
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const scope = this.#scopes[i];
      const variable = scope?.get(name);
      if (variable === undefined) continue;
      scope?.set(name, { ...variable, value: { ...change(variable.value), elementBytes: variable.elementBytes } });
      return;
    }
  }

  #evaluate(expression: Expression): Value {
    switch (expression.kind) {
      case 'number':
        return known(expression.value);
      case 'name':
        return find(this.#scopes, expression.name)?.value ?? this.#named(expression.name);
      case 'unary':
        return this.#unary(expression.operator, expression.operand);
      case 'step': {
        const before = this.#evaluate(expression.target);
        const after = combined('+', before, known(expression.by));
        if (expression.target.kind === 'name') this.#set(expression.target.name, () => after);
        return expression.isBefore ? after : before;
      }
      case 'binary':
        return combined(expression.operator, this.#evaluate(expression.left), this.#evaluate(expression.right));
      case 'assign': {
        const right = this.#evaluate(expression.value);
        const { target, operator } = expression;
        const value = operator === '' ? right : combined(operator, this.#evaluate(target), right);
        if (target.kind === 'name') this.#set(target.name, () => value);
        else if (operator === '') this.#evaluate(target);
        return value;
      }
      case 'choice': {
        const test = this.#evaluate(expression.test);
        if (test.number !== undefined && !test.varies) {
          return this.#evaluate(test.number !== 0 ? expression.yes : expression.no);
        }
        const [yes, no] = [this.#evaluate(expression.yes), this.#evaluate(expression.no)];
        const same = yes.number === no.number && yes.parts === null && no.parts === null;
        const varies = test.varies || yes.varies || no.varies;
        return same ? yes : { ...unknown, elementBytes: yes.elementBytes, varies };
      }
      case 'call':
        return this.#called(expression);
      case 'index': {
        const [base, at] = [this.#evaluate(expression.base), this.#evaluate(expression.at)];
        const element = typeof base.parts === 'object' && !at.varies ? base.parts?.get(String(at.number)) : undefined;
        return element ?? { ...unknown, parts: at.number === 0 ? base.parts : null };
      }
      case 'member': {
        const base = this.#evaluate(expression.base);
        const parts = typeof base.parts === 'object' ? base.parts?.get(expression.name) : undefined;
        return parts ?? unknown;
      }
      case 'cast': {
        const value = this.#evaluate(expression.operand);
        return { ...value, elementBytes: elementBytesOf(expression.type, false) };
      }
      case 'sizeof':
        return known(this.#sizeOf(expression.of));
      case 'list':
        for (const item of expression.items) this.#evaluate(item);
        return unknown;
      default:
        return unknown;
    }
  }

  /** A constant of an enumeration, or a function. */
  #named(name: string): Value {
    const { constants, macros } = this.#library;
    const macro = macros.get(name);
    const constant = constants.get(name) ?? (/^\d+$/.test(macro ?? '') ? Number(macro) : undefined);
    return constant === undefined ? { ...unknown, parts: macro ?? name } : known(constant);
  }

  #sizeOf(of: CType | Expression): number {
    if (of.kind === 'type') return bytesOf(of);
    if (of.kind === 'unary') return this.#evaluate(of.operand).elementBytes || 4;
    return of.kind === 'name' ? (find(this.#scopes, of.name)?.bytes ?? 4) : 4;
  }

  #unary(operator: string, operand: Expression): Value {
    const value = this.#evaluate(operand);
    if (operator === '&') return value;
    if (operator === '*') return { ...unknown, parts: value.parts };
    if (value.number === undefined || operator === '+') return value;
    const number = operator === '-' ? -value.number : operator === '~' ? ~value.number : Number(value.number === 0);
    return { ...value, number };
  }

  #called({ callee, args }: Extract<Expression, { kind: 'call' }>): Value {
    const values = args.map((argument) => this.#evaluate(argument));
    const { parts } = this.#evaluate(callee);
    const name = typeof parts === 'string' ? parts : '';
    const macros = this.#library.macros;
    const isCopy = /^mem(?:cpy|move|set)$/.test(name);
    if (isCopy && !isLongCopy(name, args)) return unknown;
    const found = this.#library.functions.get(name);
    if (found?.flow === 'loops') {
      this.#follow(
        found,
        name === 'thimble_move' ? values : values.map((value, i) => settled(value, found.parameters[i]?.type)),
      );
      return unknown;
    }
    const isPlaced = isCopy || name === 'thimble_move';
    const sure = isPlaced ? values : values.map(placed);
    const inside = isCopy ? copyParts(name, args, sure, macros) : partsOf(name, sure, macros);
    if (inside !== null) {
      if (sure.some(({ varies }) => varies)) throw new Varies();
      this.#addParts(name, inside);
    } else if (found === undefined ? name.startsWith('thimble_') : found.flow === 'assembly') {
      this.trips.add(`${name}|${UNKNOWN}`, 1, oneKind('library'));
    }
    return unknown;
  }

  /** A function with loops of its own. */
  #follow(found: CFunction, values: readonly Value[]): void {
    let kept = memo.get(this.#library);
    if (kept === undefined) {
      kept = new Map();
      memo.set(this.#library, kept);
    }
    const isSure = values.every(({ varies }) => !varies);
    const key = isSure ? `${found.name}(${values.map(keyOf).join()})` : '';
    const before = kept.get(key);
    if (before !== undefined && isSure) {
      this.trips.addAll(before, 1);
      return;
    }
    const { name: scope, body, parameters, isApart } = found;
    const isReal = parameters.some(({ type }) => /float|double/.test(type.name));
    const trips = walkCall({ scope, body, parameters, values, isApart, isReal }, this.#library);
    if (isSure) kept.set(key, trips);
    this.trips.addAll(trips, 1);
  }
}
