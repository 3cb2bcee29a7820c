import { needSamples, type WeightedScores } from '../../converter/compress/prune/importance/table.ts';
import { type Problem, ProblemError } from '../../converter/problem.ts';
import { parseScores } from '../options/prune.ts';
import { UsageError } from '../usage.ts';

export const nestedOption = {
  nested: {
    type: 'string',
    nargs: 1,
    describe:
      'Also narrower networks on the same weights, by their shares of the multiply-accumulates: "0.25,0.5,0.75"; chosen and fitted by --samples; with round=8, importance=activation, scales=yes behind further commas',
  },
} as const;

/** What `--nested` asks for. */
export interface NestedWish {
  /** As it was written. */
  readonly text: string;
  /** Shares of the multiply-accumulates, ascending, less than 1. */
  readonly shares: readonly number[];
  /** Null for what suits the model. */
  readonly round: number | null;
  /** What ranks channels; null for what suits: reconstruction with samples, sizes of weights without. */
  readonly scores: WeightedScores | null;
  /** Whether each width gets scales of its own, too. */
  readonly scales: boolean;
}

/** More networks than this are no widths but a list of models. */
const mostWidths = 8;

/** Reads `--nested`. Throws UsageError for what are no shares, and for options that are not known. */
export function nestedWish(text: string): NestedWish {
  const parts = text.split(',').map((part) => part.trim());
  const named = parts.filter((part) => part.includes('=')).map((part) => part.split('=').map((word) => word.trim()));
  const numbers = parts.filter((part) => !part.includes('='));
  const shares = numbers.map((part) => (part === '' ? Number.NaN : Number(part)));
  const wrong = shares.some((share) => !(share > 0 && share <= 1));
  if (wrong || shares.length === 0 || new Set(shares).size !== shares.length)
    throw new UsageError(
      `--nested ${text} is no list of shares`,
      'give different numbers above 0, up to 1: 0.25,0.5,0.75',
    );
  const narrower = shares.filter((share) => share < 1).toSorted((a, b) => a - b);
  if (narrower.length === 0)
    throw new UsageError(
      `--nested ${text} asks for the whole model alone`,
      'leave the option out, or give a share below 1',
    );
  if (narrower.length > mostWidths) {
    const what = `--nested has ${narrower.length} widths, and at most ${mostWidths} are possible`;
    throw new UsageError(what, 'leave some out: each adds its biases and its code');
  }
  let wish: NestedWish = { text, shares: narrower, round: null, scores: null, scales: false };
  for (const [name = '', value = '', ...rest] of named) {
    if (rest.length > 0) throw new UsageError(`--nested ${name}= has two values`, 'give one');
    if (name === 'round') wish = { ...wish, round: roundOf(value) };
    else if (name === 'importance') wish = { ...wish, scores: parseScores(value) };
    else if (name === 'scales' && (value === 'yes' || value === 'no')) wish = { ...wish, scales: value === 'yes' };
    else
      throw new UsageError(
        `--nested "${name}=${value}" is not known`,
        'there are round=8, importance=activation, scales=yes',
      );
  }
  return wish;
}

function roundOf(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1 && value <= 1000) return value;
  throw new UsageError(`--nested round=${text} is no number from 1 to 1000`, 'give 4 or 8');
}

/** Throws ProblemError where samples are asked for and there are none. */
export function checkNestedSamples({ scores, scales }: NestedWish, samples: number): void {
  if (samples > 0) return;
  const problems: Problem[] = [];
  const advice =
    'give some 100 inputs with --samples, or leave this out: then channels are ordered by the sizes of their weights';
  if (scores !== null && (needSamples(scores) || scores.some(({ name }) => name !== 'l1'))) {
    const names = scores.map(({ name }) => name).join(' and ');
    const what = needSamples(scores)
      ? `the importance by ${names} is measured on samples, and there are none`
      : `the importance by ${names} needs samples here, to share out the channels among layers, and there are none`;
    problems.push({ code: 'nested-samples', where: `--nested importance=${names}`, what, advice });
  }
  if (scales) {
    const what = 'scales of a width are fitted to samples, and there are none';
    problems.push({ code: 'nested-samples', where: '--nested scales=yes', what, advice });
  }
  if (problems.length > 0) throw new ProblemError(problems);
}
