import { dataRegions, sramBytesOf, type Target } from './target.ts';

/** What a model takes on a microcontroller. */
export interface MemoryNeed {
  /** Arena, variables and stack. */
  readonly sramBytes: number;
  /** The part of it that must lie in one piece: the arena. The rest is a second piece. */
  readonly blockBytes: number;
  /** Code and constants. */
  readonly flashBytes: number;
}

/** One memory of a target against what is needed of it. `SRAM in one piece` is there where SRAM has several. */
export interface FitRow {
  readonly memory: 'SRAM' | 'SRAM in one piece' | 'flash';
  readonly needBytes: number;
  readonly haveBytes: number;
  /** 0 where it is enough. */
  readonly missingBytes: number;
}

export interface Fit {
  readonly fits: boolean;
  /** Empty where memory is no question. */
  readonly rows: readonly FitRow[];
  /** The row that is nearest to its end, or furthest beyond it. Null without rows. */
  readonly limit: FitRow | null;
}

/** Whether `need` goes into `target`, and how many bytes are missing where it does not. */
export function fitOf(target: Target, need: MemoryNeed): Fit {
  const { banks, flash } = target;
  if (banks.length === 0) return { fits: true, rows: [], limit: null };
  const loadedBytes = flash?.kind === 'loaded' ? need.flashBytes : 0;
  const sramBytes = need.sramBytes + loadedBytes;
  const isOnePiece = dataRegions(target).length === 1;
  const restBytes = sramBytes - need.blockBytes;
  const rows = [
    row('SRAM', sramBytes, sramBytesOf(target)),
    ...(isOnePiece ? [] : [row('SRAM in one piece', need.blockBytes, largestPiece(target, restBytes))]),
    ...(flash === null ? [] : [row('flash', need.flashBytes, flash.bytes)]),
  ];
  const share = ({ needBytes, haveBytes }: FitRow) => needBytes / Math.max(1, haveBytes);
  const limit = rows.reduce((a, b) => (share(b) > share(a) ? b : a));
  return { fits: rows.every(({ missingBytes }) => missingBytes === 0), rows, limit };
}

function row(memory: FitRow['memory'], needBytes: number, haveBytes: number): FitRow {
  return { memory, needBytes, haveBytes, missingBytes: Math.max(0, needBytes - haveBytes) };
}

/** The largest piece that is free when `restBytes` lie in one piece where they cost least. */
function largestPiece(target: Target, restBytes: number): number {
  const sizes = dataRegions(target).map(({ bytes }) => bytes);
  const left = sizes.flatMap((size, taken) => {
    if (size < restBytes) return [];
    return [Math.max(...sizes.map((bytes, i) => (i === taken ? bytes - restBytes : bytes)))];
  });
  return Math.max(0, ...left);
}
