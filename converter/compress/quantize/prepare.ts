import type { Graph } from '../../ir/graph.ts';
import type { Executor } from '../executor.ts';
import { withOwnConstants } from '../product.ts';
import { calibrate, type Sample, type Statistics } from './calibrate.ts';
import type { Remedies } from './options.ts';
import { withRealWeights } from './real-weights.ts';
import { type Absorbed, absorbBiases } from './remedies/absorb-bias.ts';
import { type Equalized, equalizeLayers } from './remedies/equalize.ts';
import { withScalarMaps } from './scalar-maps.ts';
import { type Memo, noMemo } from './statistics/memo.ts';

/** A float graph that computes what the given one does, and takes integers better. */
export interface Prepared {
  readonly graph: Graph;
  /** Of the prepared graph. */
  readonly statistics: Statistics;
  /** The model before the remedies, and its statistics: what the samples make of it. */
  readonly seen: { readonly graph: Graph; readonly statistics: Statistics };
  readonly equalized: Equalized['pairs'];
  readonly absorbed: Absorbed['layers'];
}

/** The graph that samples run on first: real weights, tables for functions of one variable. */
export function calibratedGraph(source: Graph): Graph {
  return withOwnConstants(withScalarMaps(withRealWeights(source)));
}

/** Real weights, tables for functions of one variable, and the remedies that change the float graph. */
export function prepareGraph(
  source: Graph,
  samples: readonly Sample[],
  execute: Executor,
  remedies: Remedies,
  onDone: (done: number) => void,
  memo: Memo = noMemo,
): Prepared {
  const graph = calibratedGraph(source);
  const statistics = calibrate(graph, samples, execute, onDone, memo);
  const equalized = remedies.equalize ? equalizeLayers(graph, statistics) : { graph, pairs: [] };
  const between = equalized.graph === graph ? statistics : calibrate(equalized.graph, samples, execute, onDone, memo);
  const absorbed = remedies.absorb ? absorbBiases(equalized.graph, between) : { graph: equalized.graph, layers: [] };
  const after =
    absorbed.graph === equalized.graph ? between : calibrate(absorbed.graph, samples, execute, onDone, memo);
  return {
    graph: absorbed.graph,
    statistics: after,
    seen: { graph, statistics },
    equalized: equalized.pairs,
    absorbed: absorbed.layers,
  };
}
