/** One condition of a budget. Shares lie between 0 and 1. */
export type Limit =
  /** Right answers lost against the float model, as a share of all judged samples. */
  | { readonly kind: 'accuracy-drop'; readonly most: number }
  /** Judged samples whose largest output stays the same. */
  | { readonly kind: 'agreement'; readonly least: number }
  /** Arena, variables and stack of the C package. */
  | { readonly kind: 'sram'; readonly mostBytes: number }
  /** Constants and code of the C package. */
  | { readonly kind: 'flash'; readonly mostBytes: number }
  /** One inference on a target, by its name. */
  | { readonly kind: 'latency'; readonly mostUs: number; readonly target: string };

/** What a model takes to run. */
export interface Cost {
  readonly sramBytes: number;
  readonly flashBytes: number;
  /** Predicted for one inference; null where there are no counts. */
  readonly instructions: number | null;
  /** One inference in microseconds, by target; null where it cannot be told. */
  readonly latencies: readonly { readonly target: string; readonly us: number | null }[];
  /** The layer that takes most of each, by its name. */
  readonly largest: { readonly sram: string | null; readonly flash: string | null; readonly latency: string | null };
  /** By layer. */
  readonly layers: ReadonlyMap<string, LayerCost>;
}

/** What one layer takes. */
export interface LayerCost {
  readonly constantBytes: number;
  /** Of its results. */
  readonly activationBytes: number;
  /** Predicted instructions; multiply-accumulates where there are no counts. */
  readonly work: number;
}

/** What a model is like on the judged samples. */
export interface Quality {
  readonly agreement: number;
  /** Right answers lost, as a share; null without classes. */
  readonly drop: number | null;
  /** 1 - cosine of the outputs: tells apart what counts the same. */
  readonly noise: number;
}

export interface Figures extends Quality {
  readonly cost: Cost;
}

/** Differences below this are those of counting in binary. */
const exact = 1e-9;

/**
 * By how much a limit is missed, as a share: of the limit for bytes and time, of the samples for the others. 0 where it is met. A latency
 * that nobody can tell misses its limit entirely.
 */
export function missedBy(limit: Limit, figures: Figures): number {
  const over = (value: number, most: number) => (value <= most + exact ? 0 : value / most - 1);
  switch (limit.kind) {
    case 'accuracy-drop':
      return Math.max(0, (figures.drop ?? 1) - limit.most - exact);
    case 'agreement':
      return Math.max(0, limit.least - figures.agreement - exact);
    case 'sram':
      return over(figures.cost.sramBytes, limit.mostBytes);
    case 'flash':
      return over(figures.cost.flashBytes, limit.mostBytes);
    case 'latency': {
      const us = figures.cost.latencies.find(({ target }) => target === limit.target)?.us ?? null;
      return us === null ? 1 : over(us, limit.mostUs);
    }
    default:
      return limit satisfies never;
  }
}

/** Whether a limit is about what the model answers, not what it takes. */
export function isQuality({ kind }: Limit): boolean {
  return kind === 'accuracy-drop' || kind === 'agreement';
}

/** All that is missed of some limits. */
export function missed(limits: readonly Limit[], figures: Figures): number {
  return limits.reduce((sum, limit) => sum + missedBy(limit, figures), 0);
}

/** The limit as it is written on the command line. */
export function limitText(limit: Limit): string {
  switch (limit.kind) {
    case 'accuracy-drop':
      return `accuracy-drop<=${percent(limit.most)}`;
    case 'agreement':
      return `agreement>=${percent(limit.least)}`;
    case 'sram':
    case 'flash':
      return `${limit.kind}<=${limit.mostBytes}`;
    case 'latency':
      return `latency<=${limit.mostUs / 1000}ms@${limit.target}`;
    default:
      return limit satisfies never;
  }
}

const percent = (share: number) => `${Number((100 * share).toFixed(6))}%`;
