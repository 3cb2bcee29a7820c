/** A float model that is quantized and judged. Paths are below ../shared. */
export interface QuantizeRow {
  readonly id: string;
  readonly model: string;
  readonly samples: string;
  /** Options of `thimble quantize` beside the samples. */
  readonly options: readonly string[];
  /** What the issue wants of it. */
  readonly aim: string;
}

const keyword = ['--raw-type', 'int8', '--scale', '0.5847029', '--offset', '-48.53', '--calibrate', '100'];

export const quantizeRows: readonly QuantizeRow[] = [
  {
    id: 'kws',
    model: 'models/onnx/mlperf_kws_torch_float.onnx',
    samples: 'datasets/kws01',
    options: keyword,
    aim: 'within 0.5 points of float on the other 400',
  },
  {
    id: 'kws-plain',
    model: 'models/onnx/mlperf_kws_torch_float.onnx',
    samples: 'datasets/kws01',
    options: [...keyword, '--no-remedies', '--ranges', 'min-max'],
    aim: 'for comparison: no remedies',
  },
  {
    id: 'ic',
    model: 'models/tflite/mlperf_ic_resnet8_float.tflite',
    samples: 'datasets/cifar10',
    options: ['--pixels', '0..255', '--calibrate', '100'],
    aim: 'within 0.5 points of float',
  },
  {
    id: 'digits',
    model: 'examples/digits/digits_float.onnx',
    samples: 'examples/digits/digits_calib.npy',
    options: ['--test', 'examples/digits/digits_test_images.npy'],
    aim: 'within 0.3 points of float',
  },
];
