import { nhwc, type Window } from '../../../ops/window.ts';
import type { Shape } from '../../../tensor/shape.ts';
import { forTaps, type WindowShapes } from '../backward/taps.ts';

/** The input windows of a convolution, or of one of its groups, as rows: [output positions, KH * KW * channels], the order of its weights. */
export class Patches {
  readonly rows: number;
  readonly size: number;
  readonly #runs: Runs;
  /** Where every row is a pixel, all channels of it. */
  readonly #isInput: boolean;

  /**
   * @param weights [O, KH, KW, channels]
   * @param first the first channel of the group
   */
  constructor(input: Shape, weights: Shape, output: Shape, window: Window, first: number) {
    const shapes = { input: nhwc(input), kernel: nhwc(weights), output: nhwc(output) };
    const { input: from, kernel, output: to } = shapes;
    this.rows = to.batch * to.height * to.width;
    this.size = kernel.height * kernel.width * kernel.channels;
    this.#isInput = this.size === from.channels && this.rows === from.batch * from.height * from.width;
    this.#runs = runsOf(shapes, window, this.size, first);
  }

  gather(input: Float32Array): Float32Array {
    if (this.#isInput) return input;
    const rows = new Float32Array(this.rows * this.size);
    const { froms, tos, lengths } = this.#runs;
    for (let r = 0; r < froms.length; r++) {
      const [from, to, length] = [froms[r] ?? 0, tos[r] ?? 0, lengths[r] ?? 0];
      for (let i = 0; i < length; i++) rows[to + i] = input[from + i] ?? 0;
    }
    return rows;
  }

  /** Adds rows to where {@link gather} takes them from. */
  scatter(rows: Float32Array, into: Float32Array): void {
    if (this.#isInput) {
      for (let i = 0; i < into.length; i++) into[i] = (into[i] ?? 0) + (rows[i] ?? 0);
      return;
    }
    const { froms, tos, lengths } = this.#runs;
    for (let r = 0; r < froms.length; r++) {
      const [from, to, length] = [froms[r] ?? 0, tos[r] ?? 0, lengths[r] ?? 0];
      for (let i = 0; i < length; i++) into[from + i] = (into[from + i] ?? 0) + (rows[to + i] ?? 0);
    }
  }
}

/** Elements that lie side by side in the input and in the rows. */
interface Runs {
  readonly froms: Int32Array;
  readonly tos: Int32Array;
  readonly lengths: Int32Array;
}

/** All taps of all positions in the image, neighbours joined. */
function runsOf(shapes: WindowShapes, window: Window, size: number, first: number): Runs {
  const depth = shapes.kernel.channels;
  const [froms, tos, lengths]: [number[], number[], number[]] = [[], [], []];
  forTaps(window, shapes, (position, inputAt, tap) => {
    const [from, to, last] = [inputAt + first, position * size + tap * depth, lengths.length - 1];
    const length = lengths[last] ?? 0;
    if (last >= 0 && (froms[last] ?? 0) + length === from && (tos[last] ?? 0) + length === to) {
      lengths[last] = length + depth;
    } else {
      froms.push(from);
      tos.push(to);
      lengths.push(depth);
    }
  });
  return { froms: Int32Array.from(froms), tos: Int32Array.from(tos), lengths: Int32Array.from(lengths) };
}
