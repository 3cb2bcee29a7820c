import { type Graph, typeOf, type ValueId } from '../../../ir/graph.ts';
import { Histogram, histogramBins } from './histogram.ts';
import type { Codec, Kept } from './memo.ts';
import type { Statistics, TensorStatistics } from './tensor-statistics.ts';

/** Arrays of one tensor: moments of channels, counts, traits. */
const arraysPerTensor = 8;

/** Numbers of one tensor that stand for themselves. */
const numbersPerTensor = 10;

/** Statistics of the given tensors of a graph, in this order. */
export function statisticsCodec(graph: Graph, ids: readonly ValueId[]): Codec<Statistics> {
  return {
    keep: (statistics) => {
      const all = ids.map((id) => keepTensor(statistics.get(id)));
      const numbers = all.flatMap(({ numbers: own }) => own);
      return { json: null, arrays: [Float64Array.from(numbers), ...all.flatMap(({ arrays }) => arrays)] };
    },
    restore: ({ arrays: [numbers, ...arrays] }) => {
      if (numbers?.length !== ids.length * numbersPerTensor || arrays.length !== ids.length * arraysPerTensor)
        return null;
      const restored = ids.map((id, i) => {
        const own = arrays.slice(i * arraysPerTensor, (i + 1) * arraysPerTensor);
        const channels = Math.max(1, typeOf(graph, id).shape.at(-1) ?? 1);
        return [
          id,
          restoreTensor(numbers.subarray(i * numbersPerTensor, (i + 1) * numbersPerTensor), own, channels),
        ] as const;
      });
      const whole = restored.flatMap(([id, found]) => (found === null ? [] : [[id, found] as const]));
      return whole.length === ids.length ? new Map(whole) : null;
    },
  };
}

function keepTensor(found: TensorStatistics | undefined): { numbers: readonly number[]; arrays: Kept['arrays'] } {
  if (found === undefined) return { numbers: [], arrays: [] };
  const { range, moving, histogram, channels, samples, notFinite, traits } = found;
  const numbers = [range.min, range.max, moving.min, moving.max, channels.count, samples, notFinite, traits.stride];
  const counted = [histogram.limit, histogram.zeros];
  const moments = [channels.min, channels.max, channels.sum, channels.sumOfSquares];
  return {
    numbers: [...numbers, ...counted],
    arrays: [...moments, histogram.counts, traits.min, traits.max, traits.mean],
  };
}

function restoreTensor(
  numbers: Float64Array,
  arrays: readonly Float64Array[],
  channelCount: number,
): TensorStatistics | null {
  const [low = 0, high = 0, movingLow = 0, movingHigh = 0, count = 0, samples = 0, notFinite = 0, stride = 1] = numbers;
  const [limit = 0, zeros = 0] = numbers.subarray(8);
  const [min, max, sum, sumOfSquares, counts, traitsMin, traitsMax, traitsMean] = arrays;
  if (min === undefined || max === undefined || sum === undefined || sumOfSquares === undefined) return null;
  if (counts === undefined || traitsMin === undefined || traitsMax === undefined || traitsMean === undefined)
    return null;
  const fits =
    [min, max, sum, sumOfSquares].every(({ length }) => length === channelCount) &&
    counts.length === histogramBins &&
    [traitsMax, traitsMean].every(({ length }) => length === traitsMin.length);
  if (!fits) return null;
  return {
    range: { min: low, max: high },
    moving: { min: movingLow, max: movingHigh },
    histogram: Histogram.of(limit, counts, zeros),
    channels: { min, max, sum, sumOfSquares, count },
    samples,
    notFinite,
    traits: { stride, min: traitsMin, max: traitsMax, mean: traitsMean },
  };
}
