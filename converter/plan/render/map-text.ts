import type { Placement } from '../plan.ts';
import type { BufferId } from '../program.ts';
import { countText, shortName, shortStep } from './names.ts';
import type { Peak } from './peak.ts';
import { nameAt, type PlanPicture, stepName } from './picture.ts';
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

/** Bytes that two buffers share at the same time. */
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
    const operator = shortStep(stepName(picture, step), stepWidth).padEnd(stepWidth);
    const used = countText(usedBytes).padStart(usedDigits);
    const bars = drawBars(picture, live, step, scale, named);
    for (const { buffer } of live) named.add(buffer.id);
    const text = `${isPeak ? '>' : ' '} ${number}  ${ascii(operator)}  ${used}  ${bars}|`;
    lines.push({ text, isPeak });
  }
  return lines;
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
  columns(start: number, end: number): { readonly from: number; readonly to: number } {
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

function drawBars(
  picture: PlanPicture,
  live: readonly Placement[],
  step: number,
  scale: Scale,
  named: ReadonlySet<BufferId>,
): string {
  const cells = Array.from({ length: scale.width }, () => ' ');
  const put = (text: string, from: number) => {
    for (const [i, char] of [...text].entries()) cells[from + i] = char;
  };
  // Small buffers last: their one column is not lost below a large one that is rounded up.
  for (const { buffer, offset } of [...live].sort((a, b) => b.buffer.bytes - a.buffer.bytes)) {
    const { from, to } = scale.columns(offset, offset + buffer.bytes);
    const name = named.has(buffer.id) ? '' : nameAt(picture, buffer.id, step);
    put(bar(buffer.id, ascii(name), fillOf[buffer.kind], to - from), from);
  }
  for (const { from, to } of sharedBytes(live)) {
    const place = scale.columns(from, to);
    put(sharedFill.repeat(place.to - place.from), place.from);
  }
  return cells.join('');
}

/** `[b3 block/conv ====]`, with as much of it as `width` allows. */
function bar(id: BufferId, name: string, fill: string, width: number): string {
  if (width === 1) return '|';
  const inner = width - 2;
  const number = `b${id}`;
  if (number.length > inner) return `[${fill.repeat(inner)}]`;
  const room = inner - number.length - 2;
  const label = name === '' || room < leastName ? number : `${number} ${shortName(name, room)}`;
  const gap = label.length < inner && label.includes(' ') ? ' ' : '';
  return `[${(label + gap).padEnd(inner, fill)}]`;
}

/** Bytes that two of the buffers have in common. */
export function sharedBytes(
  live: readonly Placement[],
): readonly { readonly from: number; readonly to: number; readonly of: readonly [Placement, Placement] }[] {
  return live.flatMap((one, i) =>
    live.slice(i + 1).flatMap((other) => {
      const from = Math.max(one.offset, other.offset);
      const to = Math.min(one.offset + one.buffer.bytes, other.offset + other.buffer.bytes);
      return from < to ? [{ from, to, of: [one, other] as const }] : [];
    }),
  );
}

function rowNumber({ steps }: PlanPicture, { first, last }: MapRow): string {
  if (first === last) return first < 0 || first >= steps.length ? '' : `${first}`;
  return `${Math.max(0, first)}-${Math.min(last, steps.length - 1)}`;
}

/** One column for each character: what is not printable ASCII becomes a question mark. */
function ascii(text: string): string {
  return [...text].map((char) => (/^[ -~]$/.test(char) ? char : '?')).join('');
}
