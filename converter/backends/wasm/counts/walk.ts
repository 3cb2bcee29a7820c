import { invariant } from '../../../problem.ts';
import {
  type CodeNode,
  type DecodedFunction,
  decodeFunction,
  type FunctionType,
  type WasmModule,
} from '../assembler/index.ts';
import {
  type Decision,
  Decisions,
  decisionOf,
  isKept,
  type LoopVariables,
  outside,
  type Progression,
  progression,
  roundsAlike,
} from './decision.ts';
import { addTally, instructionClass, instructionClasses, type Tally } from './instructions.ts';
import {
  apply,
  asComparison,
  constant,
  constantForm,
  entangled,
  type Form,
  lost,
  substituted,
  unknown,
  type Value,
  withForm,
} from './values.ts';

/** What a call executes. */
export interface Execution {
  readonly tally: Tally;
  /** Whether data decided somewhere: both ways count half there, and a loop that data ends counts one round. */
  readonly dependsOnData: boolean;
}

/** A call that was followed, and what its way through the code depended on. */
interface Followed extends Execution {
  /** Forms are over the indices of parameters. */
  readonly decisions: readonly Decision[];
  readonly results: readonly Value[];
  readonly args: readonly (number | undefined)[];
}

/** Raised where a decision needs a number that was not kept. */
class Lost extends Error {}

/** Rounds after which a loop whose end is never seen is our fault. */
const mostRounds = 1 << 24;

/** Follows control flow through functions of a module without data. Loops whose rounds are alike are followed once. */
export class CodeWalk {
  readonly module: WasmModule;
  readonly #functions = new Map<number, DecodedFunction>();
  readonly #known = new Map<number, Followed[]>();
  #keys = 0;

  constructor(module: WasmModule) {
    this.module = module;
  }

  /** What the function at `index` executes, called with the numbers. */
  execution(index: number, args: readonly number[]): Execution {
    return this.call(index, args.map(constant));
  }

  /** A key for a variable. */
  newKey(): number {
    return this.#keys++;
  }

  /** Follows a call; calls that take the same way are followed once. */
  call(index: number, args: readonly Value[]): Followed {
    const known = this.#known.get(index) ?? [];
    this.#known.set(index, known);
    const same = args.includes(lost) ? undefined : known.find((one) => takesSameWay(one, args));
    if (same !== undefined) return same;
    const code = this.#functions.get(index) ?? decodeFunction(this.module, index);
    this.#functions.set(index, code);
    const followed = new Activation(this, code, args).follow();
    if (!args.includes(lost)) known.push(followed);
    return followed;
  }
}

/** Whether all decisions come out as they did; results, too, may depend on arguments, so where there are any all arguments are compared. */
function takesSameWay({ decisions, args: before, results }: Followed, args: readonly Value[]): boolean {
  if (results.length > 0 && args.some(({ n }, i) => n !== before[i])) return false;
  const change = (parameter: number) => changeOf(before[parameter], args[parameter]?.n);
  return decisions.every((decision) => isKept(decision, change));
}

function changeOf(from: number | undefined, to: number | undefined): number | undefined {
  if (from === to) return 0;
  return from === undefined || to === undefined ? undefined : to - from;
}

/** Where a branch goes to. `edge` is the branch at the end of a loop whose rounds may be alike, `taken` its condition. */
interface Target {
  readonly edge: CodeNode | null;
  taken: Value | null;
}

type LoopNode = Extract<CodeNode, { kind: 'block' | 'loop' }>;

/** Blocks that a branch leaves; null where control goes on behind. */
type Way = number | null;

const returning = Number.POSITIVE_INFINITY;

const assignedBefore = new WeakMap<LoopNode, readonly number[]>();

class Activation {
  readonly #walk: CodeWalk;
  readonly #code: DecodedFunction;
  readonly #args: readonly Value[];
  #locals: Value[];
  #stack: Value[] = [];
  #tally = emptyTally();
  #decisions = new Decisions();
  #dependsOnData = false;
  readonly #targets: Target[] = [];

  constructor(walk: CodeWalk, code: DecodedFunction, args: readonly Value[]) {
    this.#walk = walk;
    this.#code = code;
    this.#args = args;
    this.#locals = code.locals.map((type) => (type === 'i32' ? constant(0) : unknown));
  }

  follow(): Followed {
    const parameters = new Map<number, number>();
    this.#args.forEach((value, i) => {
      const key = this.#walk.newKey();
      parameters.set(key, i);
      this.#locals[i] = value === lost ? lost : withForm(value.n, new Map([[key, 1]]));
    });
    this.#run(this.#code.body);
    const toIndex = (form: Form): Form =>
      new Map([...form].map(([key, factor]) => [parameters.get(key) ?? -1, factor]));
    const { results } = this.#code.type;
    return {
      tally: this.#tally,
      dependsOnData: this.#dependsOnData,
      decisions: this.#decisions.all.map(({ form, distance }) => ({ form: toIndex(form), distance })),
      results: this.#stack.splice(-results.length, results.length).map(({ n, form }) => withForm(n, toIndex(form))),
      args: this.#args.map(({ n }) => n),
    };
  }

  #run(code: readonly CodeNode[]): Way {
    for (const node of code) {
      const way = this.#step(node);
      if (way !== null) return way;
    }
    return null;
  }

  #step(node: CodeNode): Way {
    this.#count(node);
    switch (node.kind) {
      case 'plain':
        this.#plain(node);
        return null;
      case 'local.get':
        this.#stack.push(this.#locals[node.local] ?? unknown);
        return null;
      case 'local.set':
        this.#locals[node.local] = this.#pop();
        return null;
      case 'local.tee':
        this.#locals[node.local] = this.#stack.at(-1) ?? unknown;
        return null;
      case 'global.get':
        this.#stack.push(unknown);
        return null;
      case 'global.set':
      case 'drop':
        this.#pop();
        return null;
      case 'select':
        this.#select();
        return null;
      case 'return':
      case 'unreachable':
        return returning;
      case 'call':
        this.#call(node.callee, node.type.operands.length);
        return null;
      case 'call_indirect':
        this.#dependsOnData = true;
        this.#replace(node.type.operands.length + 1, node.type.results.length);
        return null;
      case 'block':
        return this.#within(node.type, node.body);
      case 'loop':
        return this.#loop(node);
      case 'if':
        return this.#choose(node);
      case 'br':
        return node.depth;
      case 'br_if':
        return this.#branch(node, node.depth);
      case 'br_table': {
        const index = this.#pop();
        const last = node.depths.length - 1;
        if (!this.#decide(index)) return node.depths[last] ?? 0;
        return node.depths[Math.min(last, (index.n ?? last) >>> 0)] ?? 0;
      }
      default:
        return node satisfies never;
    }
  }

  #count(node: CodeNode): void {
    const found = instructionClass(node.kind === 'plain' ? node.instruction.name : node.kind);
    if (found !== null) this.#add(found, 1);
  }

  #add(name: (typeof instructionClasses)[number], count: number): void {
    const index = instructionClasses.indexOf(name);
    this.#tally[index] = (this.#tally[index] ?? 0) + count;
  }

  #pop(): Value {
    return this.#stack.pop() ?? unknown;
  }

  #replace(operands: number, results: number): void {
    this.#stack.length = Math.max(0, this.#stack.length - operands);
    for (let i = 0; i < results; i++) this.#stack.push(unknown);
  }

  #plain({ instruction, value }: Extract<CodeNode, { kind: 'plain' }>): void {
    const { name, operands, results } = instruction;
    if (value !== null) {
      this.#stack.push(constant(value));
      return;
    }
    if (name === 'memory.copy' || name === 'memory.fill') {
      const bytes = this.#stack.at(-1) ?? unknown;
      if (this.#decide(bytes)) this.#add('movedBytes', bytes.n ?? 0);
    }
    const isInteger = name.startsWith('i32.') && operands.every((type) => type === 'i32') && !name.includes('.load');
    if (!isInteger || results.length === 0) {
      this.#replace(operands.length, results.length);
      return;
    }
    const b = operands.length === 2 ? this.#pop() : undefined;
    this.#stack.push(apply(name, this.#pop(), b));
  }

  #select(): void {
    const [condition, b, a] = [this.#pop(), this.#pop(), this.#pop()];
    if (condition === lost) this.#stack.push(lost);
    else if (condition.n === undefined) this.#stack.push(unknown);
    else {
      const chosen = condition.n === 0 ? b : a;
      const isPlain = chosen === lost || chosen === unknown || condition.form.size === 0;
      this.#stack.push(isPlain ? chosen : withForm(chosen.n, entangled(condition.form, a.form, b.form)));
    }
  }

  /** Whether a decision can be taken; where it cannot, the counts depend on data. */
  #decide(value: Value): boolean {
    if (this.#isKnown(value)) return true;
    this.#dependsOnData = true;
    return false;
  }

  /** Whether a decision can be taken; what it rests on is kept. */
  #isKnown(value: Value): boolean {
    if (value === lost) throw new Lost();
    if (value.n === undefined) return false;
    const { comparison } = value;
    this.#decisions.add(comparison === null ? { form: value.form, distance: null } : decisionOf(comparison));
    return true;
  }

  #call(callee: number, count: number): void {
    const args = this.#stack.splice(this.#stack.length - count, count);
    const { tally, dependsOnData, decisions, results, args: before } = this.#walk.call(callee, args);
    addTally(this.#tally, tally, 1);
    this.#dependsOnData ||= dependsOnData;
    const here = (form: Form) => substituted(form, (parameter) => args[parameter]?.form ?? constantForm);
    for (const { form, distance } of decisions) {
      const change = [...form].reduce((sum, [i, factor]) => {
        const by = changeOf(before[i], args[i]?.n) ?? 0;
        return by === 0 ? sum : sum + factor * by;
      }, 0);
      this.#decisions.add({ form: here(form), distance: distance === null ? null : distance + change });
    }
    this.#stack.push(...results.map(({ n, form }) => (n === undefined ? unknown : withForm(n, here(form)))));
  }

  /** Follows the code of a block. */
  #within({ operands, results }: FunctionType, code: readonly CodeNode[]): Way {
    const height = this.#stack.length - operands.length;
    this.#targets.push({ edge: null, taken: null });
    const way = this.#run(code);
    this.#targets.pop();
    if (way === null) return null;
    if (way > 0) return way - 1;
    this.#stack.splice(height, this.#stack.length - height - results.length);
    return null;
  }

  #branch(node: CodeNode, depth: number): Way {
    const condition = this.#pop();
    const target = this.#targets.at(-1 - depth);
    if (target?.edge === node) {
      target.taken = condition;
      if (condition !== lost && condition.n !== undefined) return condition.n === 0 ? null : depth;
    }
    if (!this.#decide(condition)) return null;
    return condition.n === 0 ? null : depth;
  }

  #choose(node: Extract<CodeNode, { kind: 'if' }>): Way {
    const condition = this.#pop();
    if (this.#isKnown(condition)) return this.#within(node.type, condition.n === 0 ? node.otherwise : node.whenTrue);
    const before = { tally: this.#tally, locals: this.#locals, stack: this.#stack };
    const arms = [node.whenTrue, node.otherwise].map((code) => {
      this.#tally = emptyTally();
      this.#locals = [...before.locals];
      this.#stack = [...before.stack];
      const way = this.#within(node.type, code);
      return { way, tally: this.#tally, locals: this.#locals, stack: this.#stack };
    });
    this.#tally = before.tally;
    for (const { tally } of arms) addTally(this.#tally, tally, 1 / arms.length);
    const [first, second] = arms;
    if (first?.way !== second?.way || !isSame(first?.tally, second?.tally)) this.#dependsOnData = true;
    this.#locals = before.locals.map((_, i) => merged(first?.locals[i], second?.locals[i]));
    this.#stack = before.stack.concat(node.type.results.map(() => unknown));
    return null;
  }

  /** Follows one round for all that are alike. */
  #loop(node: LoopNode): Way {
    let failures = 0;
    for (let round = 0, next = 0; ; round++) {
      invariant(round < mostRounds, `a loop of ${this.#code.name} does not end`);
      const before = {
        tally: this.#tally,
        locals: [...this.#locals],
        stack: [...this.#stack],
        decisions: this.#decisions,
      };
      const end = round < next ? null : this.#alike(node);
      if (end === 'ended') return null;
      if (end === 'goes on') continue;
      this.#tally = before.tally;
      this.#locals = before.locals;
      this.#stack = before.stack;
      this.#decisions = before.decisions;
      if (round >= next) next = round + ++failures;
      this.#targets.push({ edge: null, taken: null });
      const way = this.#run(node.body);
      this.#targets.pop();
      if (way !== 0) return way === null ? null : way - 1;
    }
  }

  /** Follows rounds that are like the next one; null where there are none, and the state is that of somewhere within. */
  #alike(node: LoopNode): 'ended' | 'goes on' | null {
    const changed = assignedIn(node).filter((local) => this.#code.locals[local] === 'i32');
    const begin = changed.map((local) => this.#locals[local] ?? unknown);
    const outer = { tally: this.#tally, decisions: this.#decisions };
    const keys = changed.map(() => this.#walk.newKey());
    const first = this.#round(node, changed, begin, (value, i) => {
      return value === lost ? lost : withForm(value.n, new Map([[keys[i] ?? 0, 1]]));
    });
    const comparison = first?.taken ? asComparison(first.taken) : null;
    if (first === null || first.way !== 0 || comparison === null) return null;
    const ends = changed.map((local) => this.#locals[local] ?? unknown);
    const own = new Set(keys);
    const progress = begin.map((value, i) => progression(value, ends[i] ?? unknown, keys[i] ?? 0, own));
    const variables: LoopVariables = {
      keys: own,
      begin: (key) => begin[keys.indexOf(key)]?.form ?? constantForm,
      progress: (key) => progress[keys.indexOf(key)] ?? null,
    };
    const edge = decisionOf(comparison);
    const edgeRounds = roundsAlike(edge, variables) + 1;
    const alike = first.decisions.all.map((decision) => ({ decision, rounds: roundsAlike(decision, variables) }));
    const count = alike.reduce((least, { rounds }) => Math.min(least, rounds), edgeRounds);
    if (count === 1 || !Number.isFinite(count)) return null;
    const last = this.#round(node, changed, begin, (value, i) => {
      const known = progress[i];
      if (known) return withForm((value.n ?? 0) + (count - 1) * known.step, withStep(value.form, known));
      return ends[i]?.n === undefined ? unknown : lost;
    });
    const isEnd = count === edgeRounds;
    if (last === null || last.way !== (isEnd ? null : 0)) return null;
    if (changed.some((local) => this.#locals[local] === lost)) return null;
    this.#tally = outer.tally;
    addTally(this.#tally, first.tally, count);
    this.#decisions = outer.decisions;
    for (const { decision, rounds } of [...alike, { decision: edge, rounds: edgeRounds }]) {
      this.#decisions.add(outside(decision, count, rounds === count, variables));
    }
    return isEnd ? 'ended' : 'goes on';
  }

  /** Follows one round with other values in the variables that the loop changes; null where it needs what was not kept. */
  #round(node: LoopNode, changed: readonly number[], begin: readonly Value[], at: (value: Value, i: number) => Value) {
    this.#tally = emptyTally();
    this.#decisions = new Decisions();
    changed.forEach((local, i) => {
      this.#locals[local] = at(begin[i] ?? unknown, i);
    });
    const target: Target = { edge: node.body.at(-1) ?? null, taken: null };
    const depth = this.#targets.push(target);
    try {
      const way = this.#run(node.body);
      return { way, taken: target.taken, tally: this.#tally, decisions: this.#decisions };
    } catch (error) {
      if (error instanceof Lost) return null;
      throw error;
    } finally {
      this.#targets.length = depth - 1;
    }
  }
}

function withStep(form: Form, { form: step }: Progression): Form {
  return step.size === 0 ? form : entangled(form, step);
}

function isSame(a: Tally | undefined, b: Tally | undefined): boolean {
  return a?.every((count, i) => count === b?.[i]) ?? false;
}

function emptyTally(): Tally {
  return new Float64Array(instructionClasses.length);
}

function merged(a: Value | undefined, b: Value | undefined): Value {
  if (a === undefined || b === undefined) return unknown;
  if (a === b) return a;
  return a.n === b.n && a !== lost && b !== lost ? withForm(a.n, entangled(a.form, b.form)) : unknown;
}

/** The variables that a loop changes. */
function assignedIn(node: LoopNode): readonly number[] {
  const known = assignedBefore.get(node);
  if (known !== undefined) return known;
  const found = new Set<number>();
  const visit = (code: readonly CodeNode[]): void => {
    for (const one of code) {
      if (one.kind === 'local.set' || one.kind === 'local.tee') found.add(one.local);
      else if (one.kind === 'block' || one.kind === 'loop') visit(one.body);
      else if (one.kind === 'if') for (const arm of [one.whenTrue, one.otherwise]) visit(arm);
    }
  };
  visit(node.body);
  assignedBefore.set(node, [...found]);
  return [...found];
}
