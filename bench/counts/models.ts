/** A model that predictions are checked on; none of them was in the fit. Paths below the repository or the test material. */
export interface CheckedModel {
  readonly id: string;
  readonly path: string;
}

const tflite = (id: string, file: string): CheckedModel => ({ id, path: `models/tflite/${file}.tflite` });
const onnx = (id: string, file: string): CheckedModel => ({ id, path: `models/onnx/${file}.onnx` });

export const checkedModels: readonly CheckedModel[] = [
  tflite('kws', 'mlperf_kws_int8'),
  tflite('vww', 'mlperf_vww_int8'),
  tflite('ic', 'mlperf_ic_resnet8_int8'),
  tflite('ad', 'mlperf_ad_int8'),
  tflite('sww', 'mlperf_sww_int8'),
  tflite('person_detect', 'tflm_person_detect_int8'),
  tflite('micro_speech', 'tflm_micro_speech_int8'),
  tflite('hello_world', 'tflm_hello_world_int8'),
  { id: 'digits', path: 'examples/digits/digits_int8.tflite' },
  tflite('mobilenet', 'mobilenet_v1_0.25_128_quant'),
  onnx('kws_float', 'mlperf_kws_torch_float'),
  onnx('ad_float', 'mlperf_ad_torch_float'),
  onnx('ic_float', 'mlperf_ic_resnet8_torch_float'),
  onnx('vww_float', 'mlperf_vww_torch_float'),
];
