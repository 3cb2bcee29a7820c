/** A float model that is pruned and judged. Paths are below ../shared. */
export interface PruneRow {
  readonly id: string;
  readonly model: string;
  readonly samples: string;
  /** Options of `thimble prune` that say which samples and how they are read. */
  readonly reading: readonly string[];
  /** Shares of the MACs that may be left, each with the points that the issue allows to lose. */
  readonly bounds: readonly { readonly left: number; readonly points: number }[];
}

export const pruneRows: readonly PruneRow[] = [
  {
    id: 'digits',
    model: 'examples/digits/digits_float.onnx',
    samples: 'examples/digits/digits_calib.npy',
    reading: ['--test', 'examples/digits/digits_test_images.npy'],
    bounds: [
      { left: 50, points: 1 },
      { left: 30, points: 3 },
    ],
  },
  {
    id: 'kws',
    model: 'models/onnx/mlperf_kws_torch_float.onnx',
    samples: 'datasets/kws01',
    reading: ['--raw-type', 'int8', '--scale', '0.5847029', '--offset', '-48.53', '--calibrate', '100'],
    bounds: [
      { left: 70, points: 2 },
      { left: 50, points: 5 },
    ],
  },
  {
    id: 'ic',
    model: 'models/tflite/mlperf_ic_resnet8_float.tflite',
    samples: 'datasets/cifar10',
    reading: ['--pixels', '0..255', '--calibrate', '100'],
    bounds: [
      { left: 90, points: 3 },
      { left: 70, points: 3 },
    ],
  },
];

/** Ways to prune that are compared. */
export const pruneWays: readonly { readonly id: string; readonly options: readonly string[] }[] = [
  { id: 'ours', options: [] },
  { id: 'ours, tuned', options: ['--tune', '500'] },
  { id: 'ours, not repaired', options: ['--no-repair'] },
  { id: 'l1, repaired', options: ['--importance', 'l1', '--allocation', 'equal', '--stages', '1'] },
  { id: 'l1', options: ['--importance', 'l1', '--allocation', 'equal', '--no-repair'] },
  { id: 'random', options: ['--importance', 'random', '--no-repair'] },
];
