import { InternalError } from '../../../problem.ts';
import { simplify } from './condition.ts';

/** What texts are narrowed by. */
export interface Narrowing {
  /** Values of macros, by their names in the package. */
  readonly known: ReadonlyMap<string, number>;
  /** What the compiler says where a macro would not have the value 1 that is taken for granted. */
  readonly refusal: string;
}

/** An `#if` that is open: decided here, or left to the compiler. */
interface Frame {
  /** Whether its lines are written as directives. */
  isOpen: boolean;
  /** Whether a branch that is certain has been found; those behind it are gone. */
  isTaken: boolean;
  /** Whether the lines of the present branch are written. */
  isActive: boolean;
}

/** Text whose lines follow each other, from pieces that may end anywhere. */
function* linesOf(pieces: Iterable<string>): Generator<string> {
  let rest = '';
  for (const piece of pieces) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

/** Lines in which a directive that goes on behind a backslash is one line. */
function* directivesJoined(lines: Iterable<string>): Generator<string> {
  let open: string | null = null;
  for (const line of lines) {
    const text: string = open === null ? line : `${open} ${line.trim()}`;
    if (/^\s*#\s*(?:if|elif)\b.*\\$/.test(text)) {
      open = text.slice(0, -1).trimEnd();
      continue;
    }
    open = null;
    yield text;
  }
}

/**
 * C text without the branches that `known` rules out. The block that defines a known macro, `#if <condition>`, `#define M 1`, `#else`,
 * `#define M 0`, `#endif`, becomes its definition, behind a refusal where the condition of a 1 does not hold. Blank lines that are left
 * beside one another become one.
 */
export function* narrowed(pieces: Iterable<string>, narrowing: Narrowing): Generator<string> {
  let wasBlank = false;
  for (const line of branches(directivesJoined(linesOf(pieces)), narrowing)) {
    const isBlank = line.trim() === '';
    if (!isBlank || !wasBlank) yield `${line}\n`;
    wasBlank = isBlank;
  }
}

function* branches(lines: Iterator<string>, { known, refusal }: Narrowing): Generator<string> {
  const frames: Frame[] = [];
  const active = () => frames.every(({ isActive }) => isActive);
  let ahead = lines.next();
  while (ahead.done !== true) {
    const line = ahead.value;
    ahead = lines.next();
    const [, word = '', rest = ''] = /^\s*#\s*(if|ifdef|ifndef|elif|else|endif)\b(.*)$/.exec(line) ?? [];
    if (word.startsWith('if')) {
      if (!active()) {
        frames.push({ isOpen: false, isTaken: true, isActive: false });
        continue;
      }
      const defined = ahead.done === true ? undefined : /^#define (\w+) 1$/.exec(ahead.value)?.[1];
      const forced = defined === undefined ? undefined : known.get(defined);
      const { value, text } = conditionOf(word, rest, known);
      if (forced === 1 && value !== 1) yield* [...directive(`#if !(${text})`), `#error "${refusal}"`, '#endif'];
      const decided = forced ?? value;
      if (decided === null) yield* word === 'if' ? directive(`#if ${text}`) : [line];
      frames.push({ isOpen: decided === null, isTaken: decided !== null && decided !== 0, isActive: decided !== 0 });
    } else if (word === '') {
      if (active()) yield line;
    } else {
      const frame = frames.pop();
      if (frame === undefined) throw new InternalError(`${line} without #if`);
      if (active() && word === 'endif' && frame.isOpen) yield '#endif';
      if (active() && word !== 'endif') yield* otherwise(frame, word, rest, known);
      if (word !== 'endif') frames.push(frame);
    }
  }
  if (frames.length > 0) throw new InternalError('an #if without #endif');
}

function conditionOf(word: string, rest: string, known: ReadonlyMap<string, number>) {
  const text = rest.replace(/\/\*.*?\*\//g, '').trim();
  if (word === 'ifdef') return simplify(`defined(${text})`, known);
  return simplify(word === 'ifndef' ? `!defined(${text})` : text, known);
}

/** The next branch of an `#if`. */
function* otherwise(frame: Frame, word: string, rest: string, known: ReadonlyMap<string, number>): Generator<string> {
  frame.isActive = false;
  if (frame.isTaken) return;
  const { value, text } = word === 'else' ? { value: 1, text: '1' } : conditionOf('if', rest, known);
  if (value === 0) return;
  frame.isActive = true;
  if (value !== null) {
    frame.isTaken = true;
    if (frame.isOpen) yield '#else';
  } else {
    yield* directive(frame.isOpen ? `#elif ${text}` : `#if ${text}`);
    frame.isOpen = true;
  }
}

/** Longest line of a generated file. */
const COLUMNS = 100;

/** A directive in lines of at most 100 columns, broken behind && and ||. */
function directive(text: string): string[] {
  const lines = [''];
  for (const part of text.split(/(?<=&&|\|\|) /)) {
    const line = lines.pop() ?? '';
    const longer = line === '' ? part : `${line} ${part}`;
    if (line === '' || longer.length <= COLUMNS - 2) lines.push(longer);
    else lines.push(`${line} \\`, `    ${part}`);
  }
  return lines;
}
