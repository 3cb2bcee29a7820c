/** A model whose cost on a microcontroller is measured. */
export interface McuModel {
  /** As in `anchors.json`, where there are figures of other engines. */
  readonly id: string;
  /** Below the repository or the test material. */
  readonly path: string;
  /** Folder of published outputs for the same input, where there are any. */
  readonly golden: string | null;
}

const tflm = (id: string, file: string, folder = id): McuModel => {
  return { id, path: `models/tflite/${file}.tflite`, golden: `models/golden/tflm/${folder}` };
};

/** All int8, so that the counts of TFLite Micro are those of the same arithmetic. */
export const mcuModels: readonly McuModel[] = [
  { id: 'digits', path: 'examples/digits/digits_int8.tflite', golden: null },
  tflm('hello_world', 'tflm_hello_world_int8'),
  tflm('kws', 'mlperf_kws_int8'),
  tflm('vww', 'mlperf_vww_int8'),
  tflm('ic', 'mlperf_ic_resnet8_int8'),
  tflm('ad', 'mlperf_ad_int8'),
  tflm('sww', 'mlperf_sww_int8', 'strww'),
  tflm('person_detect', 'tflm_person_detect_int8'),
  tflm('micro_speech', 'tflm_micro_speech_int8'),
];
