import type { Graph } from '../../ir/graph.ts';
import type { Executor } from '../executor.ts';
import { withOwnConstants } from '../product.ts';
import { calibrate, type Sample, type Statistics } from './calibrate.ts';
import type { Remedies } from './options.ts';
import { withRealWeights } from './real-weights.ts';
import { type Absorbed, absorbBiases } from './remedies/absorb-bias.ts';
import { type Equalized, equalizeLayers } from './remedies/equalize.ts';
import { withScalarMaps } from './scalar-maps.ts';

/** A float graph that computes what the given one does, and takes integers better. */
export interface Prepared {
  readonly graph: Graph;
  /** Of the prepared graph. */
  readonly statistics: Statistics;
  readonly equalized: Equalized['pairs'];
  readonly absorbed: Absorbed['layers'];
}

/** Real weights, tables for functions of one variable, and the remedies that change the float graph. */
export function prepareGraph(
  source: Graph,
  samples: readonly Sample[],
  execute: Executor,
  remedies: Remedies,
  onDone: (done: number) => void,
): Prepared {
  const graph = withOwnConstants(withScalarMaps(withRealWeights(source)));
  const statistics = calibrate(graph, samples, execute, onDone);
  const equalized = remedies.equalize ? equalizeLayers(graph, statistics) : { graph, pairs: [] };
  const between = equalized.graph === graph ? statistics : calibrate(equalized.graph, samples, execute, onDone);
  const absorbed = remedies.absorb ? absorbBiases(equalized.graph, between) : { graph: equalized.graph, layers: [] };
  const after = absorbed.graph === equalized.graph ? between : calibrate(absorbed.graph, samples, execute, onDone);
  return { graph: absorbed.graph, statistics: after, equalized: equalized.pairs, absorbed: absorbed.layers };
}
