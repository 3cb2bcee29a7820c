import type { Bounds } from '../routines/float-lanes.ts';
import { isRelaxed, type Variant } from '../variant.ts';

/** Instructions that a kernel executes, by class, in closed form. Integer arithmetic on addresses is not counted. */
export interface WasmCounts {
  /** Vector loads, with and without spreading a number over the lanes. */
  readonly loads: number;
  readonly stores: number;
  /** Multiplications of vectors; those that add as well, where the variant has them. */
  readonly multiplies: number;
  /** All other vector arithmetic and shuffles. */
  readonly arithmetic: number;
  /** Conditional branches, of which every pass of a loop has one. */
  readonly branches: number;
}

export const noCounts: WasmCounts = { loads: 0, stores: 0, multiplies: 0, arithmetic: 0, branches: 0 };

/** Counts with what is absent as 0. */
export function counts(parts: Partial<WasmCounts>): WasmCounts {
  return { ...noCounts, ...parts };
}

export function sum(...all: readonly WasmCounts[]): WasmCounts {
  return all.reduce(
    (a, b) => ({
      loads: a.loads + b.loads,
      stores: a.stores + b.stores,
      multiplies: a.multiplies + b.multiplies,
      arithmetic: a.arithmetic + b.arithmetic,
      branches: a.branches + b.branches,
    }),
    noCounts,
  );
}

export function times(n: number, one: WasmCounts): WasmCounts {
  const { loads, stores, multiplies, arithmetic, branches } = one;
  return {
    loads: n * loads,
    stores: n * stores,
    multiplies: n * multiplies,
    arithmetic: n * arithmetic,
    branches: n * branches,
  };
}

/** A counting loop whose trips are known: a single pass has no branch. */
export function loop(trips: number, body: WasmCounts): WasmCounts {
  return sum(times(trips, body), counts({ branches: trips > 1 ? trips : 0 }));
}

/** `n` times sum + a * b of vectors. */
export function multiplyAdds(n: number, variant: Variant): WasmCounts {
  return counts({ multiplies: n, arithmetic: isRelaxed(variant) ? 0 : n });
}

/** Comparisons that a clamp takes, and vectors that hold its bounds. */
export const boundCounts: { readonly [B in Bounds]: number } = { none: 0, low: 1, both: 2 };

/** Bias, clamp and store of a vector of which `lanes` (1 to 4) are wanted: fewer than four are stored piece by piece. */
export function resultCounts(lanes: number, bounds: Bounds): WasmCounts {
  const isWhole = lanes === 4;
  return counts({
    stores: isWhole ? 1 : (lanes >> 1) + (lanes & 1),
    arithmetic: 1 + boundCounts[bounds] + (isWhole ? 0 : lanes >> 1),
  });
}
