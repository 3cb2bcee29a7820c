import type { Placement } from '../plan.ts';
import type { BufferId } from '../program.ts';
import { countText, shortName, shortStep } from './names.ts';
import type { Peak } from './peak.ts';
import { nameAt, type PlanPicture, spanAt } from './picture.ts';
import type { MapRow } from './rows.ts';

/** One line of the map. */
export interface MapLine {
  readonly text: string;
  /** Whether it shows the peak. */
  readonly isPeak: boolean;
}

/** What the bars of each kind are filled with. */
export const fillOf: { readonly [K in Placement['buffer']['kind']]: string } = {
  activation: '=',
  scratch: '~',
  state: '#',
};

/** Bytes that several buffers share at the same time. */
export const sharedFill = 'X';

/** Columns of the names of steps. */
const stepWidth = 22;

/** Least columns of a name that says something. */
const leastName = 8;

/** Least columns of the arena. */
const leastArena = 24;

/**
 * The memory map as lines of at most `columns` characters where that leaves room for the arena: a row for each step, its operator and the
 * bytes in use, then the arena from its first byte to its last with a bar for each buffer. A bar carries the buffer's name where it begins to be
 * alive in the rows shown, and its number else. `>` marks the peak.
 */
export function mapText(
  picture: PlanPicture,
  rows: readonly MapRow[],
  peak: Peak,
  columns: number,
): readonly MapLine[] {
  const stepDigits = Math.max(4, ...rows.map((row) => rowNumber(picture, row).length));
  const usedDigits = Math.max(6, ...rows.map(({ moment }) => countText(moment.usedBytes).length));
  const gutter = 2 + stepDigits + 2 + stepWidth + 2 + usedDigits + 2;
  const width = Math.max(leastArena, columns - gutter - 1);
  const scale = new Scale(picture.plan.arenaBytes, width);
  const head = `  ${'step'.padStart(stepDigits)}  ${'operator'.padEnd(stepWidth)}  ${'used B'.padStart(usedDigits)}  `;
  const lines: MapLine[] = [{ text: (head + axis(scale)).trimEnd(), isPeak: false }];
  const named = new Set<BufferId>();
  for (const row of rows) {
    const { step, usedBytes, live } = row.moment;
    const isPeak = step === peak.step;
    const number = rowNumber(picture, row).padStart(stepDigits);
    const operator = shortStep(spanAt(picture, step).name, stepWidth).padEnd(stepWidth);
    const used = countText(usedBytes).padStart(usedDigits);
    const bars = drawBars(picture, live, step, scale, named);
    const text = `${isPeak ? '>' : ' '} ${number}  ${ascii(operator)}  ${used}  ${bars}|`;
    lines.push({ text, isPeak });
  }
  return lines;
}

/** Columns of the arena, half-open. */
interface Columns {
  readonly from: number;
  readonly to: number;
}

/** Which columns stand for which bytes. */
class Scale {
  readonly bytes: number;
  readonly width: number;

  constructor(bytes: number, width: number) {
    this.bytes = Math.max(1, bytes);
    this.width = width;
  }

  /** Columns of the bytes from `start` to before `end`: at least one. */
  columns(start: number, end: number): Columns {
    const at = (offset: number) => Math.round((offset * this.width) / this.bytes);
    const from = Math.min(at(start), this.width - 1);
    return { from, to: Math.max(from + 1, at(end)) };
  }
}

/** The addresses of the quarters of the arena, of its half, or of its ends: what there is room for. */
function axis({ bytes, width }: Scale): string {
  const end = `${countText(bytes)}|`;
  for (const parts of [4, 2, 1]) {
    let text = '';
    for (let i = 0; i < parts; i++) {
      text = `${text.padEnd(Math.round((i * width) / parts))}|${countText(Math.round((i * bytes) / parts))}`;
    }
    if (text.length + 1 + end.length <= width + 1) return text + end.padStart(width + 1 - text.length);
  }
  return '';
}

/** The arena at one step. `named` are the buffers whose names stand in the rows above; those named here join them. */
function drawBars(
  picture: PlanPicture,
  live: readonly Placement[],
  step: number,
  scale: Scale,
  named: Set<BufferId>,
): string {
  const cells = Array.from({ length: scale.width }, () => ' ');
  const put = (text: string, from: number) => {
    for (const [i, char] of [...text].entries()) cells[from + i] = char;
  };
  const shared = sharedBytes(live).map(({ from, to, of }) => ({ ...scale.columns(from, to), of }));
  // Small buffers last: their one column is not lost below a large one that is rounded up.
  for (const { buffer, offset } of [...live].sort((a, b) => b.buffer.bytes - a.buffer.bytes)) {
    const { from, to } = scale.columns(offset, offset + buffer.bytes);
    put(to - from === 1 ? '|' : `[${fillOf[buffer.kind].repeat(to - from - 2)}]`, from);
    const own = ownColumns(from + 1, to - 1, shared);
    const name = named.has(buffer.id) ? '' : ascii(nameAt(picture, buffer.id, step));
    const label = barLabel(`b${buffer.id}`, name, own.to - own.from);
    if (label.includes(' ')) named.add(buffer.id);
    put(label, own.from);
  }
  for (const { from, to, of } of shared) {
    const nameOf = ({ buffer }: Placement) => (named.has(buffer.id) ? '' : ascii(nameAt(picture, buffer.id, step)));
    put(sharedBar(of, nameOf, to - from), from);
  }
  return cells.join('');
}

/** The longest run of columns from `from` to `to` that no other buffer shares. */
function ownColumns(from: number, to: number, shared: readonly Columns[]): Columns {
  const inside = shared.filter((other) => other.from < to && from < other.to);
  const starts = [from, ...inside.map((other) => other.to)];
  const runs = starts.map((start) => {
    const next = inside.filter((other) => other.to > start).map((other) => other.from);
    return { from: start, to: Math.max(start, Math.min(to, ...next)) };
  });
  return runs.reduce((best, run) => (run.to - run.from > best.to - best.from ? run : best));
}

/** `b3 block/conv `, with as much of it as `width` allows. */
function barLabel(number: string, name: string, width: number): string {
  if (number.length > width) return '';
  const room = width - number.length - 2;
  return name === '' || room < Math.min(leastName, name.length) ? number : `${number} ${shortName(name, room)} `;
}

/** `Xb3 block/conv+b2XX`: the numbers of the buffers, and the names of those that have none yet, with as much of it as `width` allows. */
function sharedBar(of: readonly Placement[], nameOf: (placement: Placement) => string, width: number): string {
  const numbers = of.map(({ buffer }) => `b${buffer.id}`);
  const names = of.map(nameOf);
  const rest = width - 2 - numbers.join('+').length;
  const room = Math.floor(rest / Math.max(1, names.filter((name) => name !== '').length)) - 1;
  const parts = numbers.map((number, i) => {
    const name = names[i] ?? '';
    return name === '' || room < Math.min(leastName, name.length) ? number : `${number} ${shortName(name, room)}`;
  });
  return (rest < 0 ? '' : sharedFill + parts.join('+')).padEnd(width, sharedFill);
}

/** Bytes that several buffers occupy. */
export interface SharedBytes {
  readonly from: number;
  readonly to: number;
  readonly of: readonly Placement[];
}

/** Where two of the buffers or more lie over each other, by address. */
export function sharedBytes(live: readonly Placement[]): readonly SharedBytes[] {
  const ends = live.flatMap(({ offset, buffer }) => [offset, offset + buffer.bytes]);
  const borders = [...new Set(ends)].sort((a, b) => a - b);
  return borders.flatMap((from, i): SharedBytes[] => {
    const to = borders[i + 1] ?? from;
    const of = live.filter(({ offset, buffer }) => offset <= from && to <= offset + buffer.bytes);
    return from < to && of.length > 1 ? [{ from, to, of }] : [];
  });
}

function rowNumber({ steps }: PlanPicture, { first, last }: MapRow): string {
  if (first === last) return first < 0 || first >= steps.length ? '' : `${first}`;
  return `${Math.max(0, first)}-${Math.min(last, steps.length - 1)}`;
}

/** One column for each character: what is not printable ASCII becomes a question mark. */
function ascii(text: string): string {
  return [...text].map((char) => (/^[ -~]$/.test(char) ? char : '?')).join('');
}
