import type { ValueId } from '../../../ir/graph.ts';
import { Histogram } from './histogram.ts';

/** Smallest and largest value. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** What calibration keeps of one tensor over all samples; of fixed size, however many samples there are. */
export interface TensorStatistics {
  readonly range: Range;
  /** Exponential moving averages of the samples' own ranges, weight {@link movingWeight} for the newest. */
  readonly moving: Range;
  readonly histogram: Histogram;
  /** Along the last axis. */
  readonly channels: ChannelStatistics;
  readonly samples: number;
  /** Values that are NaN or infinite. */
  readonly notFinite: number;
  readonly traits: SampleTraits;
}

/** Statistics of every float32 tensor that is computed or an input, by its id. */
export type Statistics = ReadonlyMap<ValueId, TensorStatistics>;

/** What single samples are like in one tensor, of some {@link tracedSamples} of them at even distances. */
export interface SampleTraits {
  /** Entry i belongs to sample `i * stride`. */
  readonly stride: number;
  /** NaN for a sample without a finite value. */
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly mean: Float64Array;
}

/** Samples whose traits are kept at most. */
export const tracedSamples = 4096;

export interface ChannelStatistics {
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly sum: Float64Array;
  readonly sumOfSquares: Float64Array;
  /** Values of each channel. */
  readonly count: number;
}

/** Weight of a new sample in the moving average: 0.01 as TensorFlow's MovingAverageQuantize, more for the first hundred. */
export const movingWeight = 0.01;

/** Collects {@link TensorStatistics} sample by sample. */
export class StatisticsCollector {
  readonly #channels: number;
  readonly #histogram = new Histogram();
  readonly #min: Float64Array;
  readonly #max: Float64Array;
  readonly #sum: Float64Array;
  readonly #squares: Float64Array;
  #moving: Range = { min: 0, max: 0 };
  #count = 0;
  #samples = 0;
  #notFinite = 0;
  readonly #stride: number;
  readonly #traits: { readonly [K in 'min' | 'max' | 'mean']: number[] } = { min: [], max: [], mean: [] };

  /**
   * @param channels size of the last axis; 1 for a scalar
   * @param samples how many will come, so that those whose traits are kept lie at even distances
   */
  constructor(channels: number, samples = 0) {
    this.#channels = Math.max(1, channels);
    this.#stride = Math.max(1, Math.ceil(samples / tracedSamples));
    this.#min = new Float64Array(this.#channels).fill(Number.POSITIVE_INFINITY);
    this.#max = new Float64Array(this.#channels).fill(Number.NEGATIVE_INFINITY);
    this.#sum = new Float64Array(this.#channels);
    this.#squares = new Float64Array(this.#channels);
  }

  /** Adds the tensor of one sample; its length is a multiple of the channels. */
  add(values: Float32Array): void {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = 0, next = 0; i < values.length; i++) {
      const value = values[i] ?? 0;
      const c = next;
      next = c + 1 === this.#channels ? 0 : c + 1;
      if (!Number.isFinite(value)) {
        this.#notFinite++;
        continue;
      }
      if (value < low) low = value;
      if (value > high) high = value;
      if (value < (this.#min[c] ?? 0)) this.#min[c] = value;
      if (value > (this.#max[c] ?? 0)) this.#max[c] = value;
      this.#sum[c] = (this.#sum[c] ?? 0) + value;
      this.#squares[c] = (this.#squares[c] ?? 0) + value * value;
    }
    this.#histogram.add(values);
    this.#count += values.length / this.#channels;
    if (this.#samples % this.#stride === 0) this.#keepTraits(values, low, high);
    this.#samples++;
    if (low > high) return;
    const weight = Math.max(movingWeight, 1 / this.#samples);
    const { min, max } = this.#moving;
    this.#moving = { min: min + weight * (low - min), max: max + weight * (high - max) };
  }

  #keepTraits(values: Float32Array, low: number, high: number): void {
    let [sum, count] = [0, 0];
    for (const value of values) {
      if (!Number.isFinite(value)) continue;
      sum += value;
      count++;
    }
    const { min, max, mean } = this.#traits;
    min.push(count === 0 ? Number.NaN : low);
    max.push(count === 0 ? Number.NaN : high);
    mean.push(count === 0 ? Number.NaN : sum / count);
  }

  finish(): TensorStatistics {
    const finite = (values: Float64Array) => values.map((value) => (Number.isFinite(value) ? value : 0));
    const [min, max] = [finite(this.#min), finite(this.#max)];
    return {
      range: { min: smallest(min), max: -smallest(max.map((value) => -value)) },
      moving: this.#moving,
      histogram: this.#histogram,
      channels: { min, max, sum: this.#sum, sumOfSquares: this.#squares, count: this.#count },
      samples: this.#samples,
      notFinite: this.#notFinite,
      traits: {
        stride: this.#stride,
        min: Float64Array.from(this.#traits.min),
        max: Float64Array.from(this.#traits.max),
        mean: Float64Array.from(this.#traits.mean),
      },
    };
  }
}

function smallest(values: Float64Array): number {
  return values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}
