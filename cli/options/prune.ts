import type { InferredOptionTypes, Options } from 'yargs';
import {
  needSamples,
  type ScoreName,
  scoreNames,
  scores,
  type WeightedScores,
} from '../../converter/compress/prune/importance/table.ts';
import type { LayerShare, PruneOptions } from '../../converter/compress/prune/options.ts';
import type { Goal } from '../../converter/compress/prune/targets/goal.ts';
import { type Variation, variationNames } from '../../converter/compress/prune/tune/vary.ts';
import { nearest, UsageError } from '../usage.ts';

/** How much the pruner takes out, and by what. */
export const pruneOptions = {
  macs: { type: 'string', nargs: 1, describe: 'Multiply-accumulates that may be left: 50%, or a number such as 1.2M' },
  params: { type: 'string', nargs: 1, describe: 'Weights and biases that may be left: 60%, or a number such as 20k' },
  sram: {
    type: 'string',
    nargs: 1,
    describe: 'Bytes of SRAM that the C package may take, as planned: 48k; what makes the peak leaves first',
  },
  latency: {
    type: 'string',
    nargs: 1,
    describe: 'Time of one inference on a target: 30ms@nano33ble; predicted instructions over the clock',
  },
  ratio: { type: 'number', nargs: 1, describe: 'Share of the channels that leaves every layer: 0.3' },
  'per-layer': {
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'Share that leaves layers by name, whatever else is asked: "block3/*=0.2"; repeat for more',
  },
  keep: { type: 'string', array: true, nargs: 1, describe: 'Layers that stay whole, by name; repeat for more' },
  round: {
    type: 'number',
    nargs: 1,
    default: 1,
    describe: 'A multiple of this many channels stays, so that kernels have full tiles: 4 or 8',
  },
  importance: {
    type: 'string',
    nargs: 1,
    default: 'reconstruction',
    describe: `What ranks channels: ${scoreNames.join(', ')}; several with weights: reconstruction+0.5*activation`,
  },
  classes: {
    type: 'string',
    nargs: 1,
    describe: 'With --importance attribution: answers that count, as numbers of output elements: 0,3; default: all',
  },
  allocation: {
    choices: ['measured', 'equal'],
    describe: 'Compare layers by trials on the samples (default), or take scores as they are',
  },
  repair: {
    type: 'boolean',
    default: true,
    describe: 'Fit what is left to the float model on the samples; --no-repair leaves weights as they are',
  },
  'repair-passes': { type: 'number', nargs: 1, default: 1, describe: 'How often all layers are fitted at the end' },
  tune: {
    type: 'number',
    nargs: 1,
    default: 0,
    describe:
      'Steps of gradient descent on all weights behind the last repair, towards the answers of the float model: 500',
  },
  vary: {
    type: 'string',
    nargs: 1,
    describe: `How --tune varies samples: ${variationNames.join(', ')}, or none; default: all for pictures, mix for what else there is`,
  },
  stages: {
    type: 'number',
    nargs: 1,
    describe: 'Prune in so many stages with a repair behind each; default: by share',
  },
  'prune-seed': { type: 'number', nargs: 1, default: 1, describe: 'Of --importance random' },
} as const satisfies Readonly<Record<string, Options>>;

export type PruneArguments = InferredOptionTypes<typeof pruneOptions>;

/** Goals that other stages measure, made by the caller from their texts. */
export interface ProbedGoals {
  readonly sram: (text: string) => Goal;
  readonly latency: (text: string) => Goal;
}

/** The options as the pruner wants them. Throws UsageError. */
export function pruneOptionsFrom(args: PruneArguments, samples: number, probed: ProbedGoals): PruneOptions {
  const wanted = parseScores(args.importance);
  const goals = [
    ...(args.macs === undefined ? [] : [countGoal('macs', 'macs', args.macs)]),
    ...(args.params === undefined ? [] : [countGoal('parameters', 'params', args.params)]),
    ...(args.sram === undefined ? [] : [probed.sram(args.sram)]),
    ...(args.latency === undefined ? [] : [probed.latency(args.latency)]),
  ];
  const layers = (args['per-layer'] ?? []).map(parseLayer);
  const ratio = args.ratio === undefined ? null : shareOf(args.ratio, `--ratio ${args.ratio}`);
  if (ratio !== null && goals.length > 0) {
    const other = goals[0]?.text ?? '';
    throw new UsageError(
      `--ratio and ${other} both say how much leaves`,
      'give one of them; --per-layer goes with both',
    );
  }
  if (ratio === null && goals.length === 0 && layers.length === 0) {
    throw new UsageError(
      'nothing says how much may leave',
      'give --macs 50%, --params, --sram, --latency, --ratio or --per-layer',
    );
  }
  for (const [name, value] of [
    ['round', args.round],
    ['repair-passes', args['repair-passes']],
    ['stages', args.stages ?? 1],
  ] as const) {
    if (!Number.isSafeInteger(value) || value < 1 || value > 1000) {
      throw new UsageError(`--${name} ${value} is no number from 1 to 1000`, 'give a whole number');
    }
  }
  if (!Number.isSafeInteger(args.tune) || args.tune < 0 || args.tune > 1e6) {
    throw new UsageError(`--tune ${args.tune} is no number of steps`, 'give a whole number such as 500, or 0 for none');
  }
  if (args.vary !== undefined && args.tune === 0) {
    throw new UsageError('--vary has no meaning without --tune', 'give --tune 500 as well, or leave --vary out');
  }
  if (args.classes !== undefined && !wanted.some(({ name }) => name === 'attribution')) {
    throw new UsageError(
      '--classes has no meaning without --importance attribution',
      'no other importance tells classes apart; add +attribution',
    );
  }
  const isRandom = wanted.every(({ name }) => name === 'random');
  const usual = (samples === 0 && !needSamples(wanted)) || isRandom ? 'equal' : 'measured';
  return {
    scores: wanted,
    classes: args.classes === undefined ? null : parseClasses(args.classes),
    goals,
    ratio,
    layers,
    keep: args.keep ?? [],
    round: args.round,
    repairPasses: args.repair ? args['repair-passes'] : 0,
    tuneSteps: args.tune,
    variations: args.vary === undefined ? null : parseVariations(args.vary),
    stages: args.stages ?? null,
    allocation: args.allocation ?? usual,
    seed: args['prune-seed'],
  };
}

/** `reconstruction+0.5*activation`. Throws UsageError with the nearest name for one that is none. */
export function parseScores(text: string): WeightedScores {
  return text.split('+').map((part) => {
    const [, weight = '1', name = ''] = /^\s*(?:(\d*\.?\d+)\s*\*\s*)?([\w-]+)\s*$/.exec(part) ?? [];
    if (!isScore(name)) {
      const near = nearest(name === '' ? part.trim() : name, scoreNames);
      const advice = `${near === null ? '' : `did you mean ${near}? `}choose among ${scoreNames.join(', ')}, joined by +`;
      throw new UsageError(`--importance does not know "${part.trim()}"`, advice);
    }
    return { name, weight: Number(weight) };
  });
}

/** `0,3`. Throws UsageError. */
function parseClasses(text: string): readonly number[] {
  return text.split(',').map((part) => {
    if (/^\s*\d{1,6}\s*$/.test(part)) return Number(part);
    throw new UsageError(
      `--classes ${text}: "${part.trim()}" is no class`,
      'name classes by the number of their element in the output, from 0: 0,3',
    );
  });
}

/** `mix,mirror`, or `none`. Throws UsageError with the nearest name for one that is none. */
function parseVariations(text: string): readonly Variation[] {
  if (text.trim() === 'none') return [];
  return text.split(',').map((part) => {
    const found = variationNames.find((name) => name === part.trim());
    if (found !== undefined) return found;
    const near = nearest(part.trim(), variationNames);
    const advice = `${near === null ? '' : `did you mean ${near}? `}choose among ${variationNames.join(', ')}, joined by commas, or none`;
    throw new UsageError(`--vary does not know "${part.trim()}"`, advice);
  });
}

function isScore(name: string): name is ScoreName {
  return Object.hasOwn(scores, name);
}

const factors: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['k', 1e3],
  ['m', 1e6],
  ['g', 1e9],
]);

function countGoal(kind: 'macs' | 'parameters', option: string, given: string): Goal {
  const text = `--${option} ${given}`;
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*(%|[kKmMgG]?)$/.exec(given.trim()) ?? [];
  const value = Number(number);
  if (number === '' || value <= 0 || (unit === '%' && value >= 100)) {
    throw new UsageError(
      `${text} is no part of a model`,
      `write --${option} 50% for half of it, or a number such as 1.2M`,
    );
  }
  if (unit === '%') return { kind, text, bound: { share: value / 100 } };
  return { kind, text, bound: { absolute: value * (factors.get(unit.toLowerCase()) ?? 1) } };
}

function parseLayer(text: string): LayerShare {
  const at = text.lastIndexOf('=');
  if (at <= 0)
    throw new UsageError(`--per-layer ${text} is no name with a share`, 'write "name=0.2"; * stands for anything');
  return { pattern: text.slice(0, at), share: shareOf(Number(text.slice(at + 1)), `--per-layer ${text}`) };
}

function shareOf(value: number, where: string): number {
  if (value >= 0 && value < 1) return value;
  throw new UsageError(`${where} is no share`, 'give the share that leaves: 0 or more and less than 1');
}

/** The options of `--prune "macs=50%,round=4,keep=conv1"`, by the names of those of `thimble prune`. Throws UsageError. */
export function pruneArgumentsOf(text: string): PruneArguments {
  const given = new Map<string, string[]>();
  for (const part of text.split(',').map((piece) => piece.trim())) {
    const at = part.indexOf('=');
    const name = at < 0 ? part : part.slice(0, at);
    if (!Object.hasOwn(pruneOptions, name) || at < 0) {
      const near = nearest(name, Object.keys(pruneOptions));
      const advice = near === null || near === name ? 'write --prune "macs=50%,round=4"' : `did you mean ${near}=?`;
      throw new UsageError(`--prune "${part}" is no option of thimble prune with a value`, advice);
    }
    given.set(name, [...(given.get(name) ?? []), part.slice(at + 1)]);
  }
  const one = (name: keyof typeof pruneOptions): string | undefined => {
    const [value, another] = given.get(name) ?? [];
    if (another !== undefined) throw new UsageError(`--prune gives ${name} twice`, 'give it once');
    return value;
  };
  const number = (name: keyof typeof pruneOptions): number | undefined => {
    const value = one(name);
    if (value === undefined) return undefined;
    if (value.trim() !== '' && Number.isFinite(Number(value))) return Number(value);
    throw new UsageError(`--prune ${name}=${value} is no number`, 'give a decimal number');
  };
  const allocation = one('allocation');
  if (allocation !== undefined && allocation !== 'measured' && allocation !== 'equal') {
    throw new UsageError(`--prune allocation=${allocation} is not known`, 'give measured or equal');
  }
  const repair = one('repair') ?? 'yes';
  if (repair !== 'yes' && repair !== 'no')
    throw new UsageError(`--prune repair=${repair} is not known`, 'give yes or no');
  return {
    ...{ macs: one('macs'), params: one('params'), sram: one('sram'), latency: one('latency') },
    ...{ ratio: number('ratio'), 'per-layer': given.get('per-layer'), keep: given.get('keep') },
    round: number('round') ?? pruneOptions.round.default,
    importance: one('importance') ?? pruneOptions.importance.default,
    classes: one('classes')?.replaceAll('+', ','),
    allocation,
    repair: repair === 'yes',
    'repair-passes': number('repair-passes') ?? pruneOptions['repair-passes'].default,
    tune: number('tune') ?? pruneOptions.tune.default,
    vary: one('vary')?.replaceAll('+', ','),
    stages: number('stages'),
    'prune-seed': number('prune-seed') ?? pruneOptions['prune-seed'].default,
  };
}
