/** A float model that becomes one of several widths. Paths are below ../shared. */
export interface NestedRow {
  readonly id: string;
  readonly model: string;
  readonly samples: string;
  /** Samples to judge by; null for those that do not calibrate. */
  readonly test: string | null;
  readonly reading: {
    readonly calibrate?: number;
    readonly 'raw-type'?: 'int8';
    readonly scale?: number;
    readonly offset?: number;
    readonly pixels?: '0..255';
  };
  readonly shares: readonly number[];
  /** Multiples of units that stay. */
  readonly round: number;
}

export const nestedRows: readonly NestedRow[] = [
  {
    id: 'digits',
    model: 'examples/digits/digits_float.onnx',
    samples: 'examples/digits/digits_calib.npy',
    test: 'examples/digits/digits_test_images.npy',
    reading: {},
    shares: [0.25, 0.5, 0.75],
    round: 4,
  },
  {
    id: 'kws',
    model: 'models/onnx/mlperf_kws_torch_float.onnx',
    samples: 'datasets/kws01',
    test: null,
    reading: { 'raw-type': 'int8', scale: 0.5847029, offset: -48.53, calibrate: 100 },
    shares: [0.35, 0.5, 0.75],
    round: 8,
  },
];
