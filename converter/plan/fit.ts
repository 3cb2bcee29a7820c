import { dataRegions, type SramRegion, sramBytesOf, type Target } from './target.ts';

/** What a model takes on a microcontroller. */
export interface MemoryNeed {
  /** Arena, variables and stack. */
  readonly sramBytes: number;
  /** The part of it that must lie in one piece: the arena. The rest is a second piece. Null where a plan has divided it among the banks. */
  readonly blockBytes: number | null;
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
  const rows = [
    row('SRAM', sramBytes, sramBytesOf(target)),
    ...(need.blockBytes === null ? [] : pieceRow(dataRegions(target), need.blockBytes, sramBytes - need.blockBytes)),
    ...(flash === null ? [] : [row('flash', need.flashBytes, flash.bytes)]),
  ];
  const share = ({ needBytes, haveBytes }: FitRow) => needBytes / Math.max(1, haveBytes);
  const limit = rows.reduce((a, b) => (share(b) > share(a) ? b : a));
  return { fits: rows.every(({ missingBytes }) => missingBytes === 0), rows, limit };
}

function row(memory: FitRow['memory'], needBytes: number, haveBytes: number): FitRow {
  return { memory, needBytes, haveBytes, missingBytes: Math.max(0, needBytes - haveBytes) };
}

/** Nothing where there is one region only, since two pieces fit there when their sum does. Else the piece that is harder to place. */
function pieceRow(regions: readonly SramRegion[], blockBytes: number, restBytes: number): readonly FitRow[] {
  const [first, ...others] = regions.map(({ bytes }) => bytes);
  if (first === undefined || others.length === 0) return [];
  if (restBytes > first) return [row('SRAM in one piece', restBytes, first)];
  const isApart = others.some((bytes) => restBytes <= bytes);
  const besideRest = Math.max(first - restBytes, isApart ? first : 0, ...others);
  return [row('SRAM in one piece', blockBytes, besideRest)];
}
