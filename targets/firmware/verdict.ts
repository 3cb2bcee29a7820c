import { ProblemError } from '../../converter/problem.ts';
import { verdictMark } from './main-source.ts';

/** What a firmware with thimble's own program says at the end. */
export interface Verdict {
  readonly model: string;
  readonly board: string;
  /** 0 where every golden vector agrees, else one more than the number of the first that does not. */
  readonly selftest: number;
  /** What the run on sample data returned; 0 where it ran. */
  readonly status: number;
  /** Where output 0 of the sample is largest. */
  readonly largest: number;
  /** Cycles of the run on sample data by the board's own counter; 0 where it has none, as in QEMU on Arm. */
  readonly cycles: number;
  /** 0 where nobody knows. */
  readonly clockHz: number;
  /** Deepest stack of that run. */
  readonly stackBytes: number;
  readonly verdict: 'pass' | 'fail';
}

/** A whole line of the verdict within what was printed so far, without its mark; undefined where it has not come yet. */
export function verdictLine(text: string): string | undefined {
  const line = text
    .split('\n')
    .slice(0, -1)
    .find((one) => one.startsWith(verdictMark));
  return line?.slice(verdictMark.length).trimEnd();
}

const numbers = ['selftest', 'status', 'largest', 'cycles', 'clockHz', 'stackBytes'] as const;

/**
 * The verdict in what a firmware printed. Throws `run-failed` where there is none, where it is no verdict, and where the firmware ran into
 * a fault of its processor.
 */
export function parseVerdict(text: string, where: string): Verdict {
  const line = verdictLine(text);
  if (line === undefined) throw failed(where, 'printed no verdict', text);
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw failed(where, 'printed a verdict that is no JSON', text);
  }
  if (typeof value !== 'object' || value === null) throw failed(where, 'printed a verdict that is no object', text);
  const fields = new Map<string, unknown>(Object.entries(value));
  const verdict = fields.get('verdict');
  if (verdict === 'fault') throw failed(where, 'ran into a fault of its processor', text);
  const number = (name: string): number => {
    const field = fields.get(name);
    if (typeof field !== 'number' || !Number.isSafeInteger(field))
      throw failed(where, `printed no number ${name}`, text);
    return field;
  };
  const [selftest, status, largest, cycles, clockHz, stackBytes] = numbers.map(number);
  if (verdict !== 'pass' && verdict !== 'fail') throw failed(where, 'printed neither pass nor fail', text);
  const words = { model: String(fields.get('model')), board: String(fields.get('board')) };
  const counted = { selftest: selftest ?? 0, status: status ?? 0, largest: largest ?? 0, cycles: cycles ?? 0 };
  return { ...words, ...counted, clockHz: clockHz ?? 0, stackBytes: stackBytes ?? 0, verdict };
}

/** The problem of a firmware that does not do what it should, with the last lines that it printed. */
export function failed(where: string, what: string, printed: string): ProblemError {
  const tail = printed.trim().split('\n').slice(-10).join('\n');
  return new ProblemError({
    code: 'run-failed',
    where,
    what: `the firmware ${what}${tail === '' ? '' : `; it printed\n${tail}`}`,
    advice: 'build it anew; where that does not help, run it with a debugger',
  });
}

/** One run of a firmware in an emulator. */
export interface FirmwareRun {
  readonly verdict: Verdict;
  /** Everything that came over the serial line, the line of the verdict included. */
  readonly text: string;
  /** Executed instructions of the run on sample data, exact; null where they were not counted. */
  readonly instructions: number | null;
  /** Cycles of the same by the emulator's own count; null where it has none. */
  readonly emulatedCycles: number | null;
}
