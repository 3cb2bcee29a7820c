/** A network whose latency is measured in every engine that can run it. */
export interface WasmModel {
  /** As in `anchors.json`, where there are figures of other engines. */
  readonly id: string;
  readonly tflite: string;
  /** The same network for engines that read ONNX, or null; `onnxNote` says how it differs. */
  readonly onnx: string | null;
  readonly onnxNote: string;
  /** Whether activations are floats, which all engines can do. */
  readonly isFloat: boolean;
  /** Whether the network is the float twin of the quantized one in `tflite`; all engines then get files of the twin. */
  readonly isTwin: boolean;
}

const float = (id: string, tflite: string, onnx: string): WasmModel => ({
  ...{ id, tflite: `models/tflite/${tflite}.tflite`, onnx: `models/onnx/${onnx}.onnx` },
  ...{ onnxNote: 'the same trained weights', isFloat: true, isTwin: false },
});

const int8 = (id: string, tflite: string, onnx: string, onnxNote: string): WasmModel => ({
  ...{
    id,
    tflite: `models/tflite/${tflite}.tflite`,
    onnx: `models/onnx/${onnx}.onnx`,
    onnxNote,
    isFloat: false,
    isTwin: false,
  },
});

const otherQuantization = 'the same layers, quantized by another tool (QDQ)';

export const wasmModels: readonly WasmModel[] = [
  {
    ...{ id: 'digits-int8', tflite: 'examples/digits/digits_int8.tflite', onnx: null },
    ...{ onnxNote: '', isFloat: false, isTwin: false },
  },
  {
    ...{ id: 'digits-float', tflite: 'examples/digits/digits_float.tflite', onnx: 'examples/digits/digits_float.onnx' },
    ...{ onnxNote: 'other weights of the same layers', isFloat: true, isTwin: false },
  },
  int8('kws-int8', 'mlperf_kws_int8', 'mlperf_kws_torch_float_qdq_pc', otherQuantization),
  float('kws-float', 'mlperf_kws_keras_float', 'mlperf_kws_torch_float'),
  int8('vww-int8', 'mlperf_vww_int8', 'mlperf_vww_kaijiang', otherQuantization),
  float('vww-float', 'mlperf_vww_float', 'mlperf_vww_torch_float'),
  int8('ic-int8', 'mlperf_ic_resnet8_int8', 'mlperf_ic_kaijiang', otherQuantization),
  float('ic-float', 'mlperf_ic_resnet8_float', 'mlperf_ic_resnet8_torch_float'),
  int8('ad-int8', 'mlperf_ad_int8', 'mlperf_ad_kaijiang', otherQuantization),
  float('ad-float', 'mlperf_ad_float', 'mlperf_ad_torch_float'),
  int8(
    'mobilenet-v2-int8',
    'mobilenet_v2_1.0_224_quant',
    'mobilenet_v2_quant',
    'MobileNetV2 1.0 224 of 1000 classes (QLinearConv)',
  ),
  {
    ...{ id: 'mobilenet-v2-float', tflite: 'models/tflite/mobilenet_v2_1.0_224_quant.tflite', onnx: null },
    ...{ onnxNote: 'the same weights, those of the quantized file as floats', isFloat: true, isTwin: true },
  },
];

const named = (ids: readonly string[]) => wasmModels.filter(({ id }) => ids.includes(id));

/** Models whose cold start is measured. */
export const coldStartModels: readonly WasmModel[] = named([
  'kws-int8',
  'kws-float',
  'vww-float',
  'mobilenet-v2-int8',
  'mobilenet-v2-float',
]);

/** Models that are long enough for threads. */
export const threadModels: readonly WasmModel[] = named([
  'vww-float',
  'ic-float',
  'mobilenet-v2-int8',
  'mobilenet-v2-float',
]);
