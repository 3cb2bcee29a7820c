/** Decay of the means of gradients and of their squares, and what keeps the quotient finite (Kingma & Ba 2015, section 2). */
const firstDecay = 0.9;
const secondDecay = 0.999;
const epsilon = 1e-8;

/**
 * Adam with steps that are shares of the size of a tensor: weights of layers whose inputs are pixels of 0 to 255 are a thousand times smaller
 * than those of the last layer, and one rate for both moves either nothing or too much (as in Shazeer & Stern 2018, section 8).
 */
export class Adam {
  readonly #tensors: readonly Float32Array[];
  readonly #sizes: readonly number[];
  readonly #first: readonly Float64Array[];
  readonly #second: readonly Float64Array[];
  #count = 0;

  constructor(tensors: readonly Float32Array[]) {
    this.#tensors = tensors;
    this.#sizes = tensors.map(rootMeanSquare);
    this.#first = tensors.map(({ length }) => new Float64Array(length));
    this.#second = tensors.map(({ length }) => new Float64Array(length));
  }

  /** Moves every element by about `rate` times the root mean square of its tensor, as it was at first, against its gradient. */
  step(gradients: readonly Float32Array[], rate: number): void {
    this.#count++;
    const [a, b] = [1 - firstDecay ** this.#count, 1 - secondDecay ** this.#count];
    this.#tensors.forEach((tensor, t) => {
      const [gradient, first, second] = [gradients[t], this.#first[t], this.#second[t]];
      if (gradient === undefined || first === undefined || second === undefined) return;
      const move = rate * (this.#sizes[t] ?? 0);
      for (let i = 0; i < tensor.length; i++) {
        const g = gradient[i] ?? 0;
        const m = firstDecay * (first[i] ?? 0) + (1 - firstDecay) * g;
        const v = secondDecay * (second[i] ?? 0) + (1 - secondDecay) * g * g;
        first[i] = m;
        second[i] = v;
        tensor[i] = (tensor[i] ?? 0) - (move * (m / a)) / (Math.sqrt(v / b) + epsilon);
      }
    });
  }
}

function rootMeanSquare(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum / Math.max(1, values.length));
}
