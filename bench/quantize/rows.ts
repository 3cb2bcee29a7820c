/** A float model that is quantized and judged. Paths are below ../shared. */
export interface QuantizeRow {
  readonly id: string;
  readonly model: string;
  readonly samples: string;
  /** Options of `thimble quantize` beside the samples. */
  readonly options: readonly string[];
  /** A layer whose channels are made to differ 10,000-fold first; without it the model stays as it is. */
  readonly spread?: string;
  /** What the issue wants of it. */
  readonly aim: string;
}

const keyword = ['--raw-type', 'int8', '--scale', '0.5847029', '--offset', '-48.53', '--calibrate', '100'];

const pictures = ['--pixels=-1..1', '--fit', 'centre-crop'];

/** The depthwise layer of digits, by the name of its node. */
const depthwise = 'Conv "node_Conv_115"';

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
    id: 'kws-int4',
    model: 'models/onnx/mlperf_kws_torch_float.onnx',
    samples: 'datasets/kws01',
    options: [...keyword, '--format', 'int4'],
    aim: 'within 1.5 points of float, groups of 32',
  },
  {
    id: 'kws-int4-channel',
    model: 'models/onnx/mlperf_kws_torch_float.onnx',
    samples: 'datasets/kws01',
    options: [...keyword, '--format', 'int4', '--group', 'none'],
    aim: 'within 1.5 points of float, a scale for each channel',
  },
  {
    id: 'kws-int4-nearest',
    model: 'models/onnx/mlperf_kws_torch_float.onnx',
    samples: 'datasets/kws01',
    options: [...keyword, '--format', 'int4', '--group', 'none', '--no-remedies'],
    aim: 'for comparison: the nearest numbers',
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
  {
    id: 'digits-spread',
    model: 'examples/digits/digits_float.onnx',
    spread: depthwise,
    samples: 'examples/digits/digits_calib.npy',
    options: ['--test', 'examples/digits/digits_test_images.npy'],
    aim: 'channels of the depthwise layer 10,000-fold apart: less than a point lost',
  },
  {
    id: 'digits-spread-plain',
    model: 'examples/digits/digits_float.onnx',
    spread: depthwise,
    samples: 'examples/digits/digits_calib.npy',
    options: ['--test', 'examples/digits/digits_test_images.npy', '--no-remedies'],
    aim: 'the same without remedies: more than ten points lost',
  },
  {
    id: 'mobilenet-v2-128',
    model: 'models/onnx/st_mobilenet_v2_128_0.5.onnx',
    samples: 'datasets/imagenet',
    options: pictures,
    aim: 'agrees on 22 of 25, calibrated on the same 25',
  },
  {
    id: 'mobilenet-v2-128-split',
    model: 'models/onnx/st_mobilenet_v2_128_0.5.onnx',
    samples: 'datasets/imagenet',
    options: [...pictures, '--calibrate', '12'],
    aim: 'the other 13, which did not serve for calibration',
  },
  {
    id: 'mobilenet-v2-224',
    model: 'models/tflite/mobilenet_v2_1.0_224_quant.tflite',
    samples: 'datasets/imagenet',
    options: ['--requantize', ...pictures],
    aim: 'agrees on 22 of 25, calibrated on the same 25; float is what the int8 file stands for',
  },
  {
    id: 'mobilenet-v2-224-cifar',
    model: 'models/tflite/mobilenet_v2_1.0_224_quant.tflite',
    samples: 'datasets/cifar10/dog',
    options: ['--requantize', ...pictures, '--test', 'datasets/imagenet'],
    aim: 'for comparison: calibrated on pictures that are unlike the judged ones, 20 dogs of 32x32',
  },
  {
    id: 'digits-int4',
    model: 'examples/digits/digits_float.onnx',
    samples: 'examples/digits/digits_calib.npy',
    options: ['--test', 'examples/digits/digits_test_images.npy', '--format', 'int4'],
    aim: 'within 1.5 points of float, groups of 32',
  },
  {
    id: 'digits-int4-nearest',
    model: 'examples/digits/digits_float.onnx',
    samples: 'examples/digits/digits_calib.npy',
    options: [
      '--test',
      'examples/digits/digits_test_images.npy',
      '--format',
      'int4',
      '--group',
      'none',
      '--no-remedies',
    ],
    aim: 'for comparison: the nearest numbers',
  },
];
