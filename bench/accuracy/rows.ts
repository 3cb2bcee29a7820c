/** A dataset that a model is counted on, as the command line takes it. */
export interface AccuracyRow {
  /** As in `anchors.json`. */
  readonly id: string;
  readonly model: string;
  readonly dataset: string;
  /** Files among the options, by option. */
  readonly files: Readonly<Record<string, string>>;
  readonly options: readonly string[];
  /** Roundings to count with; the first is what the model's own runtime does. */
  readonly roundings: readonly ('default' | 'single')[];
}

const tflite = (name: string) => `models/tflite/${name}.tflite`;

const digits = (id: string, model: string): AccuracyRow => {
  const dataset = 'examples/digits/digits_test_images.npy';
  const files = { 'data-labels': 'examples/digits/digits_test_labels.npy' };
  return { id, model: `examples/digits/${model}.tflite`, dataset, files, options: [], roundings: ['default'] };
};

const mnist = (id: string, model: string, roundings: AccuracyRow['roundings'] = ['default']): AccuracyRow => {
  const dataset = 'datasets/mnist/images-idx3-ubyte';
  return { id, model: tflite(model), dataset, files: {}, options: ['--pixels', '0..1', '--limit', '500'], roundings };
};

const cifar = (id: string, model: string): AccuracyRow => {
  const dataset = 'datasets/cifar10';
  return { id, model: tflite(model), dataset, files: {}, options: ['--pixels', '0..255'], roundings: ['default'] };
};

const imagenet = (id: string, model: string): AccuracyRow => ({
  ...{ id, model: tflite(model), dataset: 'datasets/imagenet' },
  files: { labels: 'datasets/labels/imagenet_labels.txt' },
  options: ['--raw', '--fit', 'centre-crop'],
  roundings: ['default'],
});

/** What `reference-accuracy` gives counts for, with the pre-processing it states. */
export const accuracyRows: readonly AccuracyRow[] = [
  digits('digits-int8', 'digits_int8'),
  digits('digits-float', 'digits_float'),
  {
    ...{ id: 'kws-int8', model: tflite('mlperf_kws_int8'), dataset: 'datasets/kws01', files: {} },
    ...{ options: ['--raw'], roundings: ['default'] },
  },
  cifar('ic-int8', 'mlperf_ic_resnet8_int8'),
  cifar('ic-float', 'mlperf_ic_resnet8_float'),
  imagenet('mobilenet-v2', 'mobilenet_v2_1.0_224_quant'),
  imagenet('mobilenet-v1', 'mobilenet_v1_0.25_128_quant'),
  mnist('tinymaix-valid-int8', 'tinymaix_mnist_valid_q'),
  mnist('tinymaix-valid-float', 'tinymaix_mnist_valid_f'),
  mnist('tinymaix-resnet-int8', 'tinymaix_mnist_resnet_q'),
  mnist('tinymaix-resnet-float', 'tinymaix_mnist_resnet_f'),
  mnist('lenet', 'ptq_mnist_lenet_300_100', ['default', 'single']),
];
