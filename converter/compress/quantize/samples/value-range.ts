import { type Graph, typeOf, valueById } from '../../../ir/graph.ts';
import { dimension } from '../../../tensor/shape.ts';
import { dataAs } from '../../../tensor/tensor.ts';
import { inputChannelIndex, type Product, productOf } from '../../product.ts';
import type { Statistics } from '../calibrate.ts';
import type { ChannelStatistics } from '../statistics/tensor-statistics.ts';
import type { CheckedSet, SampleFinding } from './finding.ts';
import { median } from './robust.ts';

/**
 * Size of what the first layer computes from its inputs over its bias, typical of its outputs. Training brings the two to the same
 * order: 0.5 to 25 in seven of eight models at hand with the inputs that they were trained on. Pixels of 0..255 in the place of 0..1 make it 255
 * times as large, the reverse 255 times as small.
 */
const largest = 50;
const smallest = 0.05;

/** Pixels as bytes for a model that wants small numbers, and the reverse. */
export function wrongRange({ graph, statistics }: CheckedSet): readonly SampleFinding[] {
  return graph.inputs.flatMap(({ name, value }): SampleFinding[] => {
    const range = statistics.get(value)?.range;
    const ratio = firstLayerRatio(graph, statistics);
    if (range === undefined || ratio === null) return [];
    const size = Math.max(-range.min, range.max);
    const values = `values from ${round(range.min)} to ${round(range.max)}`;
    const where = `input "${name}"`;
    if (size > 50 && ratio > largest) {
      const what = `${values} drown the bias of the first layer, ${Math.round(ratio)}-fold: it looks as if the model was trained with smaller ones, such as 0..1 or -1..1`;
      const advice = 'declare what it was trained with: --pixels 0..1, --pixels -1..1, or --mean and --std';
      return [{ code: 'samples-range', where, what, advice, samples: [] }];
    }
    if (size <= 4 && ratio < smallest) {
      const what = `${values} are lost beside the bias of the first layer, which is ${Math.round(1 / ratio)} times larger: it looks as if the model was trained with larger ones, such as 0..255`;
      return [
        {
          code: 'samples-range',
          where,
          what,
          advice: 'declare what it was trained with: --pixels 0..255',
          samples: [],
        },
      ];
    }
    return [];
  });
}

/** Null where no layer with weights reads the only input, or none has a bias. */
function firstLayerRatio(graph: Graph, statistics: Statistics): number | null {
  if (graph.inputs.length !== 1) return null;
  const first = graph.nodes.map((node) => productOf(graph, node)).find((product) => product !== null);
  const operand = first?.node.inputs[0];
  const channels = operand === undefined ? undefined : statistics.get(operand)?.channels;
  if (first === undefined || channels === undefined || operand === undefined) return null;
  if (!isMoved(graph, operand)) return null;
  const ratios = outputRatios(first, channels).filter(Number.isFinite);
  return ratios.length * 2 < first.outputChannels ? null : median(ratios);
}

/** Whether a tensor holds the values of the input, at other places at most. */
function isMoved(graph: Graph, id: Product['node']['inputs'][number]): boolean {
  const moves = new Set(['reshape', 'transpose', 'pad', 'slice']);
  const producer = graph.nodes.find(({ outputs }) => outputs.includes(id));
  if (producer === undefined) return valueById(graph, id).data === null;
  const [operand] = producer.inputs;
  return moves.has(producer.op.type) && operand !== undefined && isMoved(graph, operand);
}

/** For each output: the size of the weighted sum of inputs with these means and variances, each for itself, over the bias. */
function outputRatios(product: Product, { sum, sumOfSquares, count }: ChannelStatistics): readonly number[] {
  const [weights, bias] = [dataAs(product.weights, 'float32'), dataAs(product.bias, 'float32')];
  const channelOf = inputChannelIndex(product, sum.length);
  const perOutput = weights.length / product.outputChannels;
  const isLast = product.axis !== 0;
  return Array.from(bias, (offset, output) => {
    let [centre, variance] = [0, 0];
    for (let k = 0; k < perOutput; k++) {
      const i = isLast ? k * product.outputChannels + output : output * perOutput + k;
      const [weight, c] = [weights[i] ?? 0, channelOf(i)];
      const mean = (sum[c] ?? 0) / count;
      centre += weight * mean;
      variance += weight * weight * Math.max(0, (sumOfSquares[c] ?? 0) / count - mean * mean);
    }
    return Math.hypot(centre, Math.sqrt(variance)) / Math.abs(offset);
  });
}

/** Channels of an input that are the same number in all samples, and samples that are one number. */
export function constantInputs({ graph, statistics, samples }: CheckedSet): readonly SampleFinding[] {
  return graph.inputs.flatMap(({ name, value }): SampleFinding[] => {
    const found = statistics.get(value);
    if (found === undefined) return [];
    const where = `input "${name}"`;
    const { shape } = typeOf(graph, value);
    const { min, max } = found.channels;
    const constant = [...min.keys()].filter((c) => min[c] === max[c]);
    const isImage = shape.length > 2 && hasChannelsLast(shape);
    const findings: SampleFinding[] = [];
    if (found.range.min === found.range.max) {
      const what = `it is ${round(found.range.min)} in all samples`;
      findings.push({ code: 'samples-constant', where, what, advice: 'check how files become inputs', samples: [] });
    } else if (isImage && constant.length > 0) {
      const list = constant.slice(0, 5).map((c) => `${c} (always ${round(min[c] ?? 0)})`);
      const what = `channels ${list.join(', ')} of ${min.length} never change`;
      findings.push({ code: 'samples-constant', where, what, advice: 'check colours and --layout', samples: [] });
    }
    const { traits } = found;
    const flat = samples.filter((_, i) => {
      const at = i / traits.stride;
      return Number.isInteger(at) && traits.min[at] === traits.max[at];
    });
    if (flat.length > 0 && found.range.min !== found.range.max) {
      const what = `${flat.length} of ${samples.length} samples are one number each`;
      const names = flat.map((sample) => sample.name);
      findings.push({
        code: 'sample-constant',
        where,
        what,
        advice: 'leave out empty pictures and silence',
        samples: names,
      });
    }
    return findings;
  });
}

/** Whether the last axis of a picture or recording is that of channels: few, and not beside a first axis of as few. */
function hasChannelsLast(shape: readonly number[]): boolean {
  const [last, first] = [dimension(shape, -1), shape[shape.length - 3] ?? 0];
  return last > 1 && last <= 16 && first > last;
}

const round = (value: number) => String(Number(value.toPrecision(4)));
