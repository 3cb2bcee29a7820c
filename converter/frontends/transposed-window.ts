/**
 * A transposed convolution along one axis as plain convolutions of stride 1 (sub-pixel decomposition: Shi et al., "Is the
 * deconvolution layer the same as a convolutional layer?", 2016).
 *
 * Input element i adds, through tap k, to output element i * stride + k * dilation - pad. So the outputs of one phase,
 * (o + pad) mod stride == phase, see only the taps with k * dilation mod stride == phase. With o + pad = stride * q + phase
 * they are a convolution over q: the tap reads input element q - (k * dilation - phase) / stride. No tap meets an inserted zero.
 */
export interface TransposedAxis {
  readonly input: number;
  readonly output: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** Elements cut from the start of the full result. */
  readonly pad: number;
}

/** The convolution of one phase: its taps in the order in which the window reads them, which is backwards. */
export interface Phase {
  readonly taps: readonly number[];
  readonly dilation: number;
  /** Zeros before and after the input; a negative number cuts as many elements. */
  readonly before: number;
  readonly after: number;
}

/** All phases, each of `rows` outputs; interleaved they begin `crop` elements before the first output. */
export interface Phases {
  readonly phases: readonly Phase[];
  readonly rows: number;
  readonly crop: number;
}

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

export function phasesOf({ input, output, kernel, stride, dilation, pad }: TransposedAxis): Phases {
  const first = Math.floor(pad / stride);
  const last = Math.floor((output - 1 + pad) / stride);
  const rows = last - first + 1;
  const phases = Array.from({ length: stride }, (_, phase): Phase => {
    const taps = Array.from({ length: kernel }, (_, k) => k).filter((k) => (k * dilation) % stride === phase);
    const [nearest = 0] = taps;
    const farthest = taps.at(-1) ?? 0;
    // A phase without taps reads one element with weight 0.
    const lagOf = (k: number) => (taps.length === 0 ? 0 : (k * dilation - phase) / stride);
    const before = lagOf(farthest) - first;
    const after = last - lagOf(nearest) - (input - 1);
    return { taps: taps.reverse(), dilation: dilation / divisor(dilation, stride), before, after };
  });
  return { phases, rows, crop: pad - first * stride };
}
