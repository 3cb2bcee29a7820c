import type { Variant } from '../../backends/wasm/variant.ts';
import { InternalError } from '../../problem.ts';
import type { WebLayer } from './layers.ts';
import { type WebCore, type WebPrices, type WebProfile, type WebSource, webSources } from './profile.ts';
import { constantBytesOf, termsOf, type WebTerm, webTerms } from './terms.ts';

/** How a module runs. */
export interface WebUse {
  readonly profile: WebProfile;
  /** From `webLayers` of a module of this variant. */
  readonly layers: readonly WebLayer[];
  readonly variant: Variant;
  /** Threads that share a run, the caller's included. */
  readonly threads: number;
  /** The cores that it runs on first: the quickest ones, the slowest ones, or those of this name. */
  readonly core: 'big' | 'little' | (string & {});
}

/** The time of one layer. */
export interface WebLayerEstimate {
  readonly name: string;
  readonly kind: WebLayer['kind'];
  readonly milliseconds: number;
  /** What takes most of it. */
  readonly bound: 'compute' | 'memory' | 'call';
}

/** The time of a run. */
export interface WebEstimate {
  readonly layers: readonly WebLayerEstimate[];
  /** The median of runs, and the time that 95 % of runs stay below when the estimate is off by `error`. */
  readonly milliseconds: { readonly p50: number; readonly p95: number };
  /** The part of the time by which the median may be off: 0.15 are 15 %, 1 is a factor of two. */
  readonly error: number;
  /** The least reliable source of a number that went into it. */
  readonly weakestSource: WebSource;
  /** Where the least reliable number stands, or what it is assumed from. */
  readonly ref: string;
  /** The core that the first thread runs on. */
  readonly core: string;
}

/** Models that take less are not divided among threads, nor are shorter layers (`backends/wasm/threads/parts.ts`). */
const leastDividedNs = { model: 320_000, layer: 6_000 } as const;

/**
 * How long a run of a WASM module takes: amounts of every layer (`terms.ts`) times the prices of its kind in the profile. With
 * threads, layers that can be divided are shared among the cores from the chosen one on. Throws RangeError for a core that the profile does not have.
 *
 * `estimateWeb({ profile, layers: webLayers(program, module), variant: 'dot', threads: 1, core: 'big' }).milliseconds.p50`
 */
export function estimateWeb({ profile, layers, variant, threads, core }: WebUse): WebEstimate {
  const cores = coresFrom(profile, core);
  const [first] = cores;
  const modelBytes = constantBytesOf(layers);
  const priced = layers.map((layer) => ({ layer, ...priceOf(layer, variant, first, modelBytes) }));
  const alone = priced.reduce((sum, { ns }) => sum + ns, 0);
  const speed = threads > 1 && alone >= leastDividedNs.model ? teamSpeed(profile, cores, threads) : 1;
  const timed = priced.map((one) => {
    const isShared = speed > 1 && one.layer.isDivisible && one.ns >= leastDividedNs.layer;
    return isShared ? { ...one, ns: one.ns / speed + profile.threadWait.value } : one;
  });
  const ns = timed.reduce((sum, one) => sum + one.ns, profile.entry.value);
  const error = timed.reduce((sum, one) => sum + one.ns * one.prices.error.value, 0) / Math.max(1, ns);
  const used = priced.flatMap(({ prices }) => [prices.error, ...Object.values(prices.terms)]);
  const weakest = used.reduce((worst, one) => (rank(one.source) > rank(worst.source) ? one : worst), {
    source: webSources[0],
    ref: '',
  } as Pick<WebPrices['error'], 'source' | 'ref'>);
  return {
    layers: timed.map(({ layer, ns: own, bound }) => {
      return { name: layer.name, kind: layer.kind, milliseconds: own / 1e6, bound };
    }),
    milliseconds: { p50: ns / 1e6, p95: (ns / 1e6) * (1 + error) * profile.slowRuns.value },
    error,
    weakestSource: weakest.source,
    ref: weakest.ref,
    core: first.name,
  };
}

const rank = (source: WebSource): number => webSources.indexOf(source);

/** The cores that threads are put on: the chosen one and the slower ones. */
function coresFrom({ name, cores }: WebProfile, wanted: WebUse['core']): readonly [WebCore, ...WebCore[]] {
  const index =
    wanted === 'big' ? 0 : wanted === 'little' ? cores.length - 1 : cores.findIndex((one) => one.name === wanted);
  const [first, ...others] = cores.slice(Math.max(0, index));
  if (index < 0 || first === undefined) {
    throw new RangeError(`${name} has no core "${wanted}": it has ${cores.map((one) => one.name).join(', ')}`);
  }
  return [first, ...others];
}

/** How much quicker than the first core alone `threads` threads are together, none of which shares a core with another. */
function teamSpeed({ threadEfficiency }: WebProfile, cores: readonly [WebCore, ...WebCore[]], threads: number): number {
  const [first] = cores;
  const speeds = cores.flatMap((core) => Array.from({ length: core.count }, () => relativeSpeed(core, first)));
  const helpers = speeds.slice(1, threads).reduce((sum, speed) => sum + speed, 0);
  return 1 + helpers * threadEfficiency.value;
}

/** By a layer of many multiplications, which is what threads share. */
function relativeSpeed(core: WebCore, first: WebCore): number {
  const nsOf = (one: WebCore) => {
    const { terms } = pricesFor({ kind: 'conv-2d', arithmetic: 'float32' }, 'simd128', one);
    return nanoseconds(terms.multiplies, one) + nanoseconds(terms.arithmetic, one) + nanoseconds(terms.loads, one);
  };
  const own = nsOf(core);
  return own === 0 ? 1 : nsOf(first) / own;
}

function priceOf(layer: WebLayer, variant: Variant, core: WebCore, modelBytes: number) {
  const prices = pricesFor(layer, variant, core);
  const amounts = termsOf(layer, modelBytes);
  const costs = webTerms.map((term) => [term, amounts[term] * nanoseconds(prices.terms[term], core)] as const);
  const sumOf = (wanted: (term: WebTerm) => boolean) =>
    costs.reduce((sum, [term, cost]) => (wanted(term) ? sum + cost : sum), 0);
  const memory = sumOf((term) => term.startsWith('beyond') || term === 'movedBytes');
  const call = sumOf((term) => term === 'call');
  const ns = sumOf(() => true);
  const bound = call > ns / 2 ? 'call' : memory > ns / 2 ? 'memory' : 'compute';
  return { ns, prices, bound } as const;
}

/** The prices of a layer, or those of the nearest that there are: of its arithmetic, of its variant, of all. */
export function pricesFor(
  { kind, arithmetic }: Pick<WebLayer, 'kind' | 'arithmetic'>,
  variant: Variant,
  { name, prices }: WebCore,
): WebPrices {
  const wanted = [
    [kind, arithmetic, variant],
    [kind, arithmetic, 'any'],
    ['any', arithmetic, variant],
    ['any', arithmetic, 'any'],
    ['any', 'any', variant],
    ['any', 'any', 'any'],
  ] as const;
  for (const [k, a, v] of wanted) {
    const found = prices.find((one) => one.kind === k && one.arithmetic === a && one.variant === v);
    if (found !== undefined) return found;
  }
  throw new InternalError(`the profile has no prices for ${kind} of ${arithmetic} on ${name}`);
}

function nanoseconds(quantity: WebPrices['terms'][WebTerm], { clockHz }: WebCore): number {
  if (quantity === undefined) return 0;
  return quantity.unit === 'cycles' ? (quantity.value * 1e9) / clockHz : quantity.value;
}
