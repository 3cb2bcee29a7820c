/** A model with what its arena should be: without slowdown, and as small as it gets. Bytes; null for no such aim. */
export interface ModeModel {
  readonly id: string;
  readonly path: string;
  readonly balancedBytes: number | null;
  readonly sramBytes: number | null;
}

const tflite = (id: string, file: string, balancedBytes: number | null, sramBytes: number | null): ModeModel => {
  return { id, path: `models/tflite/${file}.tflite`, balancedBytes, sramBytes };
};

export const modeModels: readonly ModeModel[] = [
  tflite('kws', 'mlperf_kws_int8', 9_000, 5_500),
  tflite('ic', 'mlperf_ic_resnet8_int8', 33_500, 18_000),
  tflite('vww', 'mlperf_vww_int8', 37_500, 34_000),
  tflite('ad', 'mlperf_ad_int8', 768, null),
  tflite('person_detect', 'tflm_person_detect_int8', 38_000, null),
  tflite('mobilenet_v2', 'mobilenet_v2_1.0_224_quant', 1_250_000, 400_000),
];
