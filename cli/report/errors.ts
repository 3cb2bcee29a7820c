import type { Executor } from '../../converter/compress/executor.ts';
import type { Sample } from '../../converter/compress/quantize/calibrate.ts';
import { realValues } from '../../converter/compress/quantize/report/real-values.ts';
import { tracer } from '../../converter/compress/trace.ts';
import type { Graph, ValueId } from '../../converter/ir/graph.ts';
import type { Tensor } from '../../converter/tensor/tensor.ts';

/** A tensor of a model before and now. */
export interface TensorPair {
  /** The layer that makes it now, in the user's words. */
  readonly layer: string;
  readonly before: ValueId;
  readonly now: ValueId;
  /** Which channels of the tensor before are left; null for all. */
  readonly channels: readonly number[] | null;
}

/** Two models of one kind, and which tensors of them should be the same. */
export interface Comparison {
  readonly before: Graph;
  readonly now: Graph;
  readonly pairs: readonly TensorPair[];
  /**
   * Whether channels may have another scale and offset now, as equalization leaves them: where such an account explains nearly all of the
   * difference, it is none.
   */
  readonly isScaled: boolean;
  /** Inputs of the model before as those of the one now. */
  readonly inputsNow: (inputs: readonly Tensor[]) => readonly Tensor[];
}

/** How far a tensor is from what it was. */
export interface LayerError {
  /** Power of the difference over power of the tensor before. */
  readonly noise: number;
  /** Squared difference over the variance of the tensor before. */
  readonly error: number;
  /** Whether channels were compared up to their scales and offsets. */
  readonly isScaled: boolean;
}

/** The error of every pair by the name of its layer; of a layer with several outputs the largest. */
export function layerErrors(
  { before, now, pairs, isScaled, inputsNow }: Comparison,
  samples: readonly Sample[],
  execute: Executor,
  onDone: (done: number) => void,
): ReadonlyMap<string, LayerError> {
  const [traceBefore, traceNow] = [tracer(before, execute), tracer(now, execute)];
  const sums = pairs.map((pair) => ({ pair, sums: new Map<number, Sums>() }));
  samples.forEach((sample, i) => {
    const inputs = sample();
    const [was, is] = [traceBefore(inputs), traceNow(inputsNow(inputs))];
    for (const { pair, sums: channels } of sums) add(channels, pair, was(pair.before), is(pair.now));
    onDone(i + 1);
  });
  const errors = new Map<string, LayerError>();
  for (const { pair, sums: channels } of sums) {
    const found = errorOf([...channels.values()], isScaled);
    if (found.error >= (errors.get(pair.layer)?.error ?? 0)) errors.set(pair.layer, found);
  }
  return errors;
}

/** Of one channel: x is before, y is now. */
interface Sums {
  count: number;
  x: number;
  y: number;
  xx: number;
  yy: number;
  xy: number;
  /** Of (x - y)^2, which the other sums would only give with cancellation. */
  difference: number;
}

function add(channels: Map<number, Sums>, { channels: kept }: TensorPair, before: Tensor, now: Tensor): void {
  const [was, is] = [realValues(before), realValues(now)];
  const width = now.type.shape.at(-1) ?? 1;
  const widthBefore = before.type.shape.at(-1) ?? 1;
  for (let i = 0; i < is.length; i++) {
    const channel = i % width;
    const source = kept === null ? i : Math.floor(i / width) * widthBefore + (kept[channel] ?? 0);
    const [x, y] = [was[source] ?? 0, is[i] ?? 0];
    let sums = channels.get(channel);
    if (sums === undefined) {
      sums = { count: 0, x: 0, y: 0, xx: 0, yy: 0, xy: 0, difference: 0 };
      channels.set(channel, sums);
    }
    sums.count++;
    sums.x += x;
    sums.y += y;
    sums.xx += x * x;
    sums.yy += y * y;
    sums.xy += x * y;
    sums.difference += (x - y) ** 2;
  }
}

/** An account by scales and offsets has to explain so much of the difference to be believed. */
const explained = 0.1;

/** A difference below this needs no account. */
const small = 0.1;

function errorOf(channels: readonly Sums[], isScaled: boolean): LayerError {
  const total = (of: (sums: Sums) => number) => channels.reduce((sum, one) => sum + of(one), 0);
  const [power, difference, count, sum] = [
    total(({ xx }) => xx),
    total((one) => one.difference),
    total((one) => one.count),
    total(({ x }) => x),
  ];
  const variance = power - (sum * sum) / Math.max(1, count);
  const share = (noise: number, of: number) => (noise === 0 ? 0 : of <= 0 ? 1 : noise / of);
  const plain = { noise: share(difference, power), error: share(difference, variance), isScaled: false };
  if (!isScaled || plain.error < small) return plain;
  const left = total(unexplained);
  return left > explained * difference
    ? plain
    : { noise: share(left, power), error: share(left, variance), isScaled: true };
}

/** What is left of x when the best a * y + b is taken off (least squares). */
function unexplained({ count, x, y, xx, yy, xy }: Sums): number {
  const [sxx, syy, sxy] = [xx - (x * x) / count, yy - (y * y) / count, xy - (x * y) / count];
  if (sxx <= 0) return 0;
  return syy <= 0 ? sxx : Math.max(0, sxx - (sxy * sxy) / syy);
}
