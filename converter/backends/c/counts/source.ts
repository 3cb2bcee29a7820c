import { simplify } from '../narrow/condition.ts';

/** Definitions of macros that directives ask for; a macro without one is 0. */
export type Macros = Map<string, string>;

/** What is left of C after its `#if`s, whose macros of numbers are added to `macros`; other directives are left out. */
export function selected(text: string, macros: Macros): string {
  const lines: string[] = [];
  /** For each `#if` that is open: whether its lines count, and whether one of its branches was taken. */
  const open: { counts: boolean; taken: boolean }[] = [];
  const counts = () => open.every((one) => one.counts);
  const joined = text.replace(/\/\*[\s\S]*?\*\//g, ' ').replace(/\\\n/g, ' ');
  for (const line of joined.split('\n')) {
    const directive = /^\s*#\s*(\w+)\s*(.*)$/.exec(line);
    if (directive === null) {
      if (counts()) lines.push(line);
      continue;
    }
    const [, name = '', rest = ''] = directive;
    const last = open.at(-1);
    if (name === 'if' || name === 'ifdef' || name === 'ifndef') {
      const holds = name === 'if' ? holdsIn(rest, macros) : macros.has(rest.trim()) === (name === 'ifdef');
      open.push({ counts: holds, taken: holds });
    } else if (name === 'elif' && last !== undefined) {
      last.counts = !last.taken && holdsIn(rest, macros);
      last.taken ||= last.counts;
    } else if (name === 'else' && last !== undefined) {
      last.counts = !last.taken;
      last.taken = true;
    } else if (name === 'endif') {
      open.pop();
    } else if (name === 'define' && counts()) {
      const definition = /^(\w+)\s+(.+)$/.exec(rest.trim());
      if (definition !== null) macros.set(definition[1] ?? '', (definition[2] ?? '').trim());
    }
  }
  return lines.join('\n');
}

/** A macro that stands for a function in C. */
export interface FunctionMaker {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly text: string;
}

/** The macros of a text that stand for functions; those in assembly have rules instead (`assembly.ts`). */
export function makersIn(text: string): readonly FunctionMaker[] {
  const joined = text.replace(/\\\n/g, ' ');
  return [...joined.matchAll(/^#define (\w+)\(([^)]*)\) (.*\{.*\}\s*)$/gm)].flatMap(([, name, parameters, body]) =>
    name === undefined || parameters === undefined || body === undefined || /__asm__|THIMBLE_TILE\(/.test(body)
      ? []
      : [{ name, parameters: parameters.split(/,\s*/), text: body }],
  );
}

/** The text with what its lines of such macros stand for. */
export function withMadeFunctions(text: string, makers: readonly FunctionMaker[]): string {
  return text.replace(/^(THIMBLE_\w+)\(([^()]*)\)\s*$/gm, (line, name: string, list: string) => {
    const maker = makers.find((one) => one.name === name);
    if (maker === undefined) return line;
    const values = list.split(/,\s*/);
    return maker.parameters.reduce(
      (made, parameter, i) => made.replace(new RegExp(`\\b${parameter}\\b`, 'g'), values[i] ?? ''),
      maker.text,
    );
  });
}

/** Whether the condition of an `#if` holds; macros without a definition, or with one that is no number, are 0. */
function holdsIn(condition: string, macros: Macros): boolean {
  const decided = condition
    .replace(/\bdefined\s*\(?\s*(\w+)\s*\)?/g, (_, name: string) => (macros.has(name) ? '1' : '0'))
    .replace(/\b[A-Za-z_]\w*/g, (name) => String(numberIn(name, macros)));
  return simplify(decided, new Map()).value !== 0;
}

function numberIn(name: string, macros: Macros): number {
  const definition = macros.get(name)?.replace(/[uUlL]+$/, '') ?? '';
  return /^\d+$/.test(definition) ? Number(definition) : 0;
}
