import type { ValueId } from '../../../ir/graph.ts';
import { noClamp } from '../../../ops/definition.ts';
import { dataAs } from '../../../tensor/tensor.ts';
import type { Product } from '../../product.ts';
import { clampRounds, missing, type Place, type Rows } from '../repair/layer.ts';

/** Means over rows, and means of products of what lies off them. */
export interface Moments {
  readonly means: Float64Array;
  readonly errorMeans: Float64Array;
  /** inputs x inputs, inputs x outputs, and the squared errors of all outputs. */
  readonly gram: Float64Array;
  readonly cross: Float64Array;
  readonly squares: number;
}

export type RowBlock = Rows['blocks'][number];

/** One layer of one width while it is fitted. */
export class WidthLayer {
  readonly product: Product;
  readonly rows: Rows;
  readonly #place: Place;
  readonly #weights: Float64Array;
  readonly #bias: Float64Array;
  readonly #results: Float32Array;

  constructor(product: Product, rows: Rows, place: Place) {
    this.product = product;
    this.rows = rows;
    this.#place = place;
    this.#weights = Float64Array.from(dataAs(product.weights, 'float32'));
    this.#bias = Float64Array.from(dataAs(product.bias, 'float32'));
    this.#results = new Float32Array(rows.count * product.outputChannels);
    this.#compute();
  }

  #compute(): void {
    const { count, blocks } = this.rows;
    const channels = this.product.outputChannels;
    for (let i = 0; i < this.#results.length; i++) this.#results[i] = this.#bias[i % channels] ?? 0;
    for (const { block, inputs } of blocks) {
      const dense = denseOf(block, this.#weights);
      const outputs = block.outputs.length;
      const sums = new Float64Array(outputs);
      for (let r = 0; r < count; r++) {
        sums.fill(0);
        for (let k = 0; k < block.size; k++) {
          const x = inputs[r * (block.size + 1) + k] ?? 0;
          if (x === 0) continue;
          for (let o = 0; o < outputs; o++) sums[o] = (sums[o] ?? 0) + x * (dense[k * outputs + o] ?? 0);
        }
        block.outputs.forEach((output, o) => {
          const to = r * channels + output;
          this.#results[to] = (this.#results[to] ?? 0) + (sums[o] ?? 0);
        });
      }
    }
  }

  /** What an output lacks in a row. From the second round on, what the clamp hides is not missing. */
  #error(row: number, output: number, round: number): number {
    const i = row * this.product.outputChannels + output;
    const clamp = round === 0 ? noClamp : this.#place.clamp;
    return missing(this.rows.wanted[i] ?? 0, this.rows.added[i] ?? 0, this.#results[i] ?? 0, clamp);
  }

  /** How often a layer is fitted: a clamp shows what it hides only behind the first fit. */
  get rounds(): number {
    const { min, max } = this.#place.clamp;
    return min === Number.NEGATIVE_INFINITY && max === Number.POSITIVE_INFINITY ? 1 : 1 + clampRounds;
  }

  /** Moments of a block over the rows of one half of the samples, or all. */
  moments({ block, inputs }: RowBlock, round: number, half: 0 | 1 | null): Moments {
    const { size, outputs } = block;
    const width = outputs.length;
    const [means, errorMeans, errors] = [new Float64Array(size), new Float64Array(width), new Float64Array(width)];
    const [gram, cross] = [new Float64Array(size * size), new Float64Array(size * width)];
    let [rows, squares] = [0, 0];
    for (let r = 0; r < this.rows.count; r++) {
      if (half !== null && this.rows.half[r] !== half) continue;
      rows++;
      outputs.forEach((output, o) => {
        const error = this.#error(r, output, round);
        errors[o] = error;
        errorMeans[o] = (errorMeans[o] ?? 0) + error;
        squares += error * error;
      });
      const row = r * (size + 1);
      for (let i = 0; i < size; i++) {
        const x = inputs[row + i] ?? 0;
        if (x === 0) continue;
        means[i] = (means[i] ?? 0) + x;
        for (let j = i; j < size; j++) gram[i * size + j] = (gram[i * size + j] ?? 0) + x * (inputs[row + j] ?? 0);
        for (let o = 0; o < width; o++) cross[i * width + o] = (cross[i * width + o] ?? 0) + x * (errors[o] ?? 0);
      }
    }
    const scale = 1 / Math.max(1, rows);
    for (let i = 0; i < size; i++) means[i] = (means[i] ?? 0) * scale;
    for (let o = 0; o < width; o++) errorMeans[o] = (errorMeans[o] ?? 0) * scale;
    for (let i = 0; i < size; i++) {
      for (let j = i; j < size; j++) {
        const value = (gram[i * size + j] ?? 0) * scale - (means[i] ?? 0) * (means[j] ?? 0);
        gram[i * size + j] = value;
        gram[j * size + i] = value;
      }
      for (let o = 0; o < width; o++) {
        cross[i * width + o] = (cross[i * width + o] ?? 0) * scale - (means[i] ?? 0) * (errorMeans[o] ?? 0);
      }
    }
    const spread = errorMeans.reduce((sum, mean) => sum + mean * mean, 0);
    return { means, errorMeans, gram, cross, squares: squares * scale - spread };
  }

  /** Adds to weights, by their index. */
  change(index: number, by: number): void {
    this.#weights[index] = (this.#weights[index] ?? 0) + by;
  }

  /** Behind changes: new results, with biases that leave no mean error of what the clamp showed in this round. */
  settle(round: number): void {
    this.#compute();
    const channels = this.product.outputChannels;
    const shifts = new Float64Array(channels);
    for (let r = 0; r < this.rows.count; r++) {
      for (let o = 0; o < channels; o++) shifts[o] = (shifts[o] ?? 0) + this.#error(r, o, round);
    }
    for (let o = 0; o < channels; o++) this.#bias[o] = (this.#bias[o] ?? 0) + (shifts[o] ?? 0) / this.rows.count;
    for (let i = 0; i < this.#results.length; i++) {
      this.#results[i] = (this.#results[i] ?? 0) + (shifts[i % channels] ?? 0) / this.rows.count;
    }
  }

  /** For each output the factor and the shift of its results that leave the least squared error: regression on the results without bias. */
  scales(round: number): { readonly factors: Float64Array; readonly shifts: Float64Array } {
    const channels = this.product.outputChannels;
    const [factors, shifts] = [new Float64Array(channels), new Float64Array(channels)];
    const { count } = this.rows;
    for (let o = 0; o < channels; o++) {
      let [y, e, yy, ye] = [0, 0, 0, 0];
      for (let r = 0; r < count; r++) {
        const result = (this.#results[r * channels + o] ?? 0) - (this.#bias[o] ?? 0);
        const error = this.#error(r, o, round);
        y += result;
        e += error;
        yy += result * result;
        ye += result * error;
      }
      const variance = yy / count - (y / count) ** 2;
      const slope = variance <= 1e-12 * (yy / count + 1e-30) ? 0 : (ye / count - (y / count) * (e / count)) / variance;
      factors[o] = Math.min(mostFactor, Math.max(1 / mostFactor, 1 + slope));
      shifts[o] = e / count - ((factors[o] ?? 1) - 1) * (y / count);
    }
    return { factors, shifts };
  }

  /** Multiplies each output, and adds to it. */
  rescale(factors: Float64Array, shifts: Float64Array): void {
    for (const { block } of this.rows.blocks) {
      for (const output of block.outputs) {
        for (let k = 0; k < block.size; k++) {
          const index = block.weightAt(output, k);
          this.#weights[index] = (this.#weights[index] ?? 0) * (factors[output] ?? 1);
        }
      }
    }
    for (let o = 0; o < this.#bias.length; o++) this.#bias[o] = (this.#bias[o] ?? 0) + (shifts[o] ?? 0);
    this.#compute();
  }

  constants(): ReadonlyMap<ValueId, Float32Array> {
    const [, weights, bias] = this.product.node.inputs;
    if (weights === undefined || bias === undefined) return new Map();
    return new Map([
      [weights, Float32Array.from(this.#weights)],
      [bias, Float32Array.from(this.#bias)],
    ]);
  }
}

/** Scales of a width lie between this part of the whole one's and this multiple. */
const mostFactor = 8;

function denseOf({ size, outputs, weightAt }: RowBlock['block'], weights: Float64Array): Float64Array {
  const dense = new Float64Array(size * outputs.length);
  outputs.forEach((output, o) => {
    for (let k = 0; k < size; k++) dense[k * outputs.length + o] = weights[weightAt(output, k)] ?? 0;
  });
  return dense;
}
