import { formatCount, printable } from './text.ts';

/** What a progress line needs of a stream: `process.stderr` fits. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** One line that is drawn over and over; nothing at all where the stream is no terminal. */
export interface Progress {
  /** Shows `done` of `total` (null: unknown), at most ten times a second and at the end. */
  readonly update: (done: number, total: number | null) => void;
  /** Removes the line, so that other text can be written. */
  readonly clear: () => void;
}

const redrawMs = 100;
const eraseLine = '\r\u001b[2K';

/** The text of a progress line, cut to `width` columns: `calibrating  37/500  7 %`. */
export function progressText(title: string, done: number, total: number | null, width: number): string {
  const share = total === null || total <= 0 ? '' : `  ${Math.floor((100 * Math.min(done, total)) / total)} %`;
  const counts = total === null ? formatCount(done) : `${formatCount(done)}/${formatCount(total)}`;
  return `${printable(title)}  ${counts}${share}`.slice(0, Math.max(0, width - 1));
}

/** A progress line with `title` on `stream`. `nowMs` tells the time, for tests. */
export function startProgress(
  title: string,
  stream: ProgressStream = process.stderr,
  nowMs: () => number = () => performance.now(),
): Progress {
  if (stream.isTTY !== true) return { update: () => {}, clear: () => {} };
  let drawnMs = Number.NEGATIVE_INFINITY;
  let isDrawn = false;
  return {
    update: (done, total) => {
      const now = nowMs();
      if (now - drawnMs < redrawMs && done !== total) return;
      drawnMs = now;
      isDrawn = true;
      stream.write(eraseLine + progressText(title, done, total, stream.columns ?? 80));
    },
    clear: () => {
      if (isDrawn) stream.write(eraseLine);
      isDrawn = false;
    },
  };
}
