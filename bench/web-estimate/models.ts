import { wasmModels } from '../wasm/models.ts';

/** A model that is predicted and timed. */
export interface PredictedModel {
  readonly id: string;
  readonly path: string;
  /** Whether it is the float twin of the quantized one in `path`. */
  readonly isTwin: boolean;
}

const tflite = (name: string): PredictedModel => ({ id: name, path: `models/tflite/${name}.tflite`, isTwin: false });
const onnx = (name: string, folder = 'onnx'): PredictedModel => {
  return { id: name, path: `models/${folder}/${name}.onnx`, isTwin: false };
};

/** The benchmark networks, and what else of the test material takes a microsecond or more and has layers of many kinds. */
export const predictedModels: readonly PredictedModel[] = [
  ...wasmModels.map(({ id, tflite: path, isTwin }) => ({ id, path, isTwin })),
  tflite('mlperf_sww_int8'),
  tflite('tflm_person_detect_int8'),
  tflite('mobilenet_v1_0.25_128_quant'),
  tflite('tinymaix_mnist_valid_q'),
  tflite('tinymaix_mnist_resnet_q'),
  tflite('tinymaix_mnist_resnet_f'),
  tflite('tinymaix_cifar10_q'),
  tflite('tinymaix_cifar10_f'),
  tflite('ptq_mnist_lenet_300_100'),
  tflite('fomo_face_detection_int8'),
  tflite('ssd_slim_120x160_int8'),
  tflite('mltk_fingerprint_signature'),
  tflite('mltk_rock_paper_scissors'),
  tflite('mltk_kws_on_off_v3'),
  tflite('oww_jarvis_v2'),
  onnx('cnn_mnist_pytorch'),
  onnx('image_classifier32'),
  onnx('rten_mnist'),
  onnx('mlperf_vww_kaijiang'),
  onnx('st_yamnet_256_64x96'),
  onnx('lcnet_035_ts_op13', 'onnx_export'),
  onnx('mnasnet0_35_ts_op17', 'onnx_export'),
  onnx('mobilenet_v2_025_ts_op18', 'onnx_export'),
  onnx('mobilenetv3_small_050_dynamo_op18', 'onnx_export'),
  onnx('squeezenet1_1_half_dynamo_op18', 'onnx_export'),
  onnx('shufflenet_v2_x0_5_ts_op11', 'onnx_export'),
  onnx('densenet_mini_ts_op17', 'onnx_export'),
  onnx('inception_mini_ts_op13', 'onnx_export'),
  onnx('seg_resize_ts_op11', 'onnx_export'),
  onnx('unet_ts_op13', 'onnx_export'),
  onnx('tcn_dynamo_op18', 'onnx_export'),
  onnx('lstm_classifier_ts_op11', 'onnx_export'),
  onnx('gru_classifier_ts_op13', 'onnx_export'),
  onnx('transformer_tiny_ts_op17', 'onnx_export'),
  onnx('test_resnet_ts_op13', 'onnx_export'),
];
