import { type Variant, variants } from '../../backends/wasm/variant.ts';
import type { WebLayer } from './layers.ts';
import { nonNegativeLeastSquares } from './least-squares.ts';
import type { WebPrices, WebQuantity } from './profile.ts';
import { termsOf, type WebTerm, webTerms } from './terms.ts';

/** A layer that was timed by itself, over and over. */
export interface TimedLayer {
  readonly layer: WebLayer;
  readonly variant: Variant;
  /** The median, in nanoseconds. */
  readonly ns: number;
}

/** How strongly prices are held to those of all layers: enough to decide between terms that grow alike, too little to move a price that data decide. */
const hold = 0.05;

/** Of so many layers less than one is left out for the check: more groups than that are not needed to see how far the fit is off. */
const mostFolds = 12;

/**
 * Prices that make relative errors least, for every kind of layer, arithmetic and variant in `timed`, and for all of an arithmetic and
 * of a variant together. `ref` says where the times come from.
 */
export function fitPrices(timed: readonly TimedLayer[], ref: string): readonly WebPrices[] {
  return variants.flatMap((variant) => {
    const own = timed.filter((one) => one.variant === variant && one.ns > 0);
    if (own.length === 0) return [];
    const general = fitted(own, null);
    const groups = new Map<string, TimedLayer[]>();
    for (const one of own) {
      const { kind, arithmetic } = one.layer;
      for (const key of [`${kind}/${arithmetic}`, `any/${arithmetic}`]) {
        groups.set(key, [...(groups.get(key) ?? []), one]);
      }
    }
    const any = { kind: 'any', arithmetic: 'any', variant, ...priced(own, null, ref) } as const;
    const others = [...groups].map(([key, members]): WebPrices => {
      const [first] = members;
      const kind = key.startsWith('any/') || first === undefined ? 'any' : first.layer.kind;
      const arithmetic = first?.layer.arithmetic ?? 'any';
      return { kind, arithmetic, variant, ...priced(members, general, ref) };
    });
    return [...others, any];
  });
}

type Prices = readonly number[];

function priced(
  members: readonly TimedLayer[],
  general: Prices | null,
  ref: string,
): Pick<WebPrices, 'terms' | 'error'> {
  const prices = fitted(members, general);
  const terms = webTerms.flatMap((term, i): (readonly [WebTerm, WebQuantity])[] => {
    const value = rounded(prices[i] ?? 0);
    return value === 0 ? [] : [[term, { value, unit: 'ns', source: 'fitted', ref }]];
  });
  const value = rounded(crossValidated(members, general));
  return { terms: Object.fromEntries(terms), error: { value, unit: 'ratio', source: 'fitted', ref } };
}

/** Four digits. */
function rounded(value: number): number {
  return value === 0 ? 0 : Number(value.toPrecision(4));
}

/** The amounts of a layer, in terms of its time: an equation whose right side is 1. */
function equation({ layer, ns }: TimedLayer): readonly number[] {
  const amounts = termsOf(layer, layer.constantBytes);
  return webTerms.map((term) => amounts[term] / ns);
}

/** Least squares of relative errors, with each price held to the general one, scaled by what the members take in general. */
function fitted(members: readonly TimedLayer[], general: Prices | null): Prices {
  const equations = members.map(equation);
  const ones = equations.map(() => 1);
  if (general === null) return nonNegativeLeastSquares(equations, ones);
  const predicted = equations.map((row) => row.reduce((sum, amount, i) => sum + amount * (general[i] ?? 0), 0));
  const scale = 1 / Math.max(1e-9, middle(predicted));
  const held = webTerms.map((_, i) => {
    const weight = hold * Math.sqrt(equations.reduce((sum, row) => sum + (row[i] ?? 0) ** 2, 0));
    // A term that no member has keeps its general price: it may be another layer's.
    const strength = weight === 0 ? hold : weight;
    return { row: webTerms.map((_, j) => (i === j ? strength : 0)), goal: strength * scale * (general[i] ?? 0) };
  });
  return nonNegativeLeastSquares(
    [...equations, ...held.map(({ row }) => row)],
    [...ones, ...held.map(({ goal }) => goal)],
  );
}

/** The relative error that 95 % of members stay below when they have no part in the fit. */
function crossValidated(members: readonly TimedLayer[], general: Prices | null): number {
  const folds = Math.min(mostFolds, members.length);
  const errors = Array.from({ length: folds }, (_, fold) => {
    const [kept, left] = [members.filter((_, i) => i % folds !== fold), members.filter((_, i) => i % folds === fold)];
    const prices = kept.length === 0 ? (general ?? []) : fitted(kept, general);
    return left.map((one) =>
      Math.abs(equation(one).reduce((sum, amount, i) => sum + amount * (prices[i] ?? 0), 0) - 1),
    );
  }).flat();
  return [...errors].sort((a, b) => a - b)[Math.ceil(0.95 * errors.length) - 1] ?? 1;
}

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
}
