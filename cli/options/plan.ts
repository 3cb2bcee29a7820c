import type { Options } from 'yargs';
import type { PlanOptions } from '../../converter/plan/options.ts';
import { type PackageKind, usualPlans } from '../package-kinds.ts';
import { UsageError } from '../usage.ts';
import { parseBytes } from './bytes.ts';

/** What `--optimize` takes, and what it asks of memory and of kernels. */
const goals = {
  latency: { optimize: 'latency', kernels: 'latency' },
  balanced: { optimize: 'balanced', kernels: 'balanced' },
  sram: { optimize: 'sram', kernels: 'balanced' },
  size: { optimize: 'balanced', kernels: 'size' },
} as const satisfies Readonly<Record<string, Pick<PlanOptions, 'optimize' | 'kernels'>>>;

type Goal = keyof typeof goals;

const goalNames = ['latency', 'balanced', 'sram', 'size'] as const satisfies readonly Goal[];

/** How memory is planned. */
export const planOptions = {
  optimize: {
    choices: goalNames,
    describe:
      'latency: fewest instructions, with more flash; balanced: at most 3 % more for less SRAM; sram: the smallest arena; size: C, the least flash; default: balanced for c, latency for wasm',
  },
  sram: {
    type: 'string',
    nargs: 1,
    describe: 'C: the quickest plan whose arena, variables and stack take at most so many bytes: 65536 or 64k',
  },
  'feed-rows': {
    type: 'boolean',
    default: false,
    describe:
      'C: the input comes row by row and is never in memory as a whole; --optimize is sram then, unless it is given',
  },
} as const satisfies Readonly<Record<string, Options>>;

/** What yargs makes of {@link planOptions}. */
export interface PlanArguments {
  readonly optimize: Goal | undefined;
  readonly sram: string | undefined;
  readonly feedRows: boolean;
}

/** What is wished of a memory plan. */
export interface PlanWish {
  /** Null for what suits the kind of package. */
  readonly options: PlanOptions | null;
  /** Most bytes of SRAM in all: arena, variables and stack; null for no limit. With a limit the quickest plan within it is taken. */
  readonly sramBytes: number | null;
}

/** Nothing is wished. */
export const noWish: PlanWish = { options: null, sramBytes: null };

/** Reads the options for a package kind, which `where` says in the user's words. Throws UsageError for what has no meaning with it. */
export function planWishOf(args: PlanArguments, kind: PackageKind, where = `--to ${kind}`): PlanWish {
  const sramBytes = args.sram === undefined ? null : parseBytes(args.sram, '--sram');
  if (kind !== 'c') {
    if (sramBytes !== null) throw without('--sram', where, 'memory of a phone has no limit of this kind');
    if (args.feedRows) throw without('--feed-rows', where, 'its inputs are taken whole');
    if (args.optimize === 'size') throw without('--optimize size', where, 'its kernels have one size');
  }
  if (sramBytes !== null && args.optimize !== undefined) {
    const advice = 'give one of them: --sram takes the quickest plan that fits';
    throw new UsageError('--optimize and --sram exclude each other', advice);
  }
  if (args.optimize === undefined && !args.feedRows) return { options: null, sramBytes };
  // Whoever feeds rows is short of SRAM; with a limit the quickest plan within it is looked for anyway.
  const usual = args.feedRows && sramBytes === null ? goals.sram : {};
  const goal = args.optimize === undefined ? usual : goals[args.optimize];
  return { options: { ...usualPlans[kind], ...goal, feedRows: args.feedRows }, sramBytes };
}

function without(option: string, where: string, reason: string): UsageError {
  return new UsageError(`${option} has no meaning with ${where}: ${reason}`, 'leave it out, or choose c');
}

/** Throws UsageError where one of the options is given and nothing is planned. */
export function refusePlanOptions(args: PlanArguments, where: string): void {
  const given = [
    ...(args.optimize === undefined ? [] : ['--optimize']),
    ...(args.sram === undefined ? [] : ['--sram']),
    ...(args.feedRows ? ['--feed-rows'] : []),
  ];
  if (given[0] !== undefined) throw new UsageError(`${given[0]} has no meaning with ${where}`, 'leave it out');
}

/** The options as words of a command line, for the record in generated files. */
export function planWords({ optimize, sram, feedRows }: PlanArguments): string[] {
  return [
    ...(optimize === undefined ? [] : ['--optimize', optimize]),
    ...(sram === undefined ? [] : ['--sram', sram]),
    ...(feedRows ? ['--feed-rows'] : []),
  ];
}
