import type { Graph } from '../../ir/graph.ts';
import type { Executor } from '../executor.ts';
import { calibrate, type Sample, type Statistics } from './calibrate.ts';
import type { ActivationFormat } from './format.ts';
import { type Lowered, lowerToIntegers } from './lower/lower.ts';
import { plainLowering } from './lower/lowering.ts';
import { observers } from './observers/index.ts';
import type { ObserverName } from './observers/observer.ts';
import { withRealWeights } from './real-weights.ts';
import { withScalarMaps } from './scalar-maps.ts';

/** What the user asks of the quantizer. */
export interface QuantizeOptions {
  readonly observer: ObserverName;
  /** The format of layers by their names; the first pattern that fits holds. */
  readonly layers: readonly LayerFormat[];
  /** The format of all other layers. */
  readonly format: ActivationFormat;
  /** Whether inputs and outputs of the model are stored integers too, or float32. */
  readonly ports: 'stored' | 'real';
}

/** A format for the layers whose name or output tensor holds `pattern`; `*` stands for anything. */
export interface LayerFormat {
  readonly pattern: string;
  readonly format: ActivationFormat;
}

export const defaultQuantizeOptions: QuantizeOptions = {
  observer: 'mse',
  layers: [],
  format: 'int8',
  ports: 'stored',
};

/** A quantized graph, and what it was made from. */
export interface QuantizedGraph extends Lowered {
  /** The float graph whose values `stored` refers to. */
  readonly real: Graph;
  readonly statistics: Statistics;
}

/**
 * The optimized float graph with integers in place of real numbers, by calibration on `samples`.
 *
 * @param execute runs float graphs; see {@link Executor}
 * @param onDone called after each calibration sample
 */
export function quantizeGraph(
  graph: Graph,
  samples: readonly Sample[],
  execute: Executor,
  options: QuantizeOptions = defaultQuantizeOptions,
  onDone: (done: number) => void = () => {},
): QuantizedGraph {
  const real = withScalarMaps(withRealWeights(graph));
  const statistics = calibrate(real, samples, execute, onDone);
  const observe = observers[options.observer];
  const plain = plainLowering((id, format) => {
    const found = statistics.get(id);
    return found === undefined ? null : observe(found, format);
  });
  const formatOf = layerFormats(real, options);
  return { ...lowerToIntegers(real, { ...plain, formatOf, ports: options.ports }), real, statistics };
}

/** The wished format of each node, by its own name or that of one of its outputs. */
function layerFormats(graph: Graph, { layers, format }: QuantizeOptions) {
  const patterns = layers.map((layer) => ({ ...layer, expression: wildcard(layer.pattern) }));
  return (node: Graph['nodes'][number]): ActivationFormat => {
    const names = [node.name, ...node.outputs.map((id) => graph.values.get(id)?.name ?? '')];
    return patterns.find(({ expression }) => names.some((name) => expression.test(name)))?.format ?? format;
  };
}

function wildcard(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}
