import { readFileSync } from 'node:fs';
import { sharedDir } from './shared.ts';

/** One model of the test material with the folder of its expected outputs. */
export interface ModelRow {
  readonly path: string;
  readonly inputs: readonly { readonly name: string; readonly dtype: string; readonly shape: readonly number[] }[];
  readonly golden?: {
    readonly dir: string;
    readonly input_order: readonly string[];
    readonly output_order: readonly string[];
    readonly steps: number;
    readonly note?: string;
  };
  readonly golden_absent?: string;
}

const tflite = (name: string) => `models/tflite/${name}.tflite`;

/** The TFLite models that must convert and meet their expected outputs on every back end. */
export const requiredModels: readonly string[] = [
  tflite('mlperf_kws_int8'),
  tflite('mlperf_kws_float'),
  tflite('mlperf_kws_keras_float'),
  tflite('mlperf_ic_resnet8_int8'),
  tflite('mlperf_ic_resnet8_float'),
  tflite('mlperf_vww_int8'),
  tflite('mlperf_vww_float'),
  tflite('mlperf_ad_int8'),
  tflite('mlperf_ad_float'),
  tflite('mlperf_sww_int8'),
  tflite('tflm_hello_world_int8'),
  tflite('tflm_hello_world_float'),
  tflite('tflm_micro_speech_int8'),
  tflite('tflm_person_detect_int8'),
  'examples/digits/digits_int8.tflite',
  'examples/digits/digits_float.tflite',
  tflite('mobilenet_v1_0.25_128_quant'),
  tflite('mobilenet_v2_1.0_224_quant'),
  tflite('tinymaix_mnist_valid_q'),
  tflite('tinymaix_mnist_valid_f'),
  tflite('tinymaix_mnist_resnet_q'),
  tflite('tinymaix_mnist_resnet_f'),
  tflite('tinymaix_cifar10_q'),
  tflite('tinymaix_cifar10_f'),
  tflite('ptq_mnist_lenet_300_100'),
  tflite('fomo_face_detection_int8'),
  tflite('ssd_slim_120x160_int8'),
];

/** Models whose operators come for free with those of the required ones. */
export const furtherModels: readonly string[] = [
  tflite('tflm_simple_add'),
  tflite('openmv_force_int_quant'),
  tflite('mltk_fingerprint_signature'),
  tflite('mltk_rock_paper_scissors'),
  tflite('mltk_kws_on_off_v3'),
  tflite('mltk_tflite_micro_magic_wand'),
  tflite('mltk_autoencoder_example.float32'),
  tflite('mltk_autoencoder_example'),
  tflite('blazeface_front_128'),
  tflite('xor'),
  tflite('iris'),
  tflite('sin'),
  tflite('hand_keypoint_classifier'),
  tflite('planestrike_tf'),
  tflite('custom_gesture_classifier'),
  tflite('nns_simple_32_in_32_out'),
  tflite('nns_add'),
  tflite('tfjs_add4'),
  tflite('split_concat'),
  tflite('dilated_conv'),
  tflite('oww_jarvis_v2'),
  tflite('movie_review_text'),
  tflite('dtln_stage1_dynamic_range'),
  tflite('mww_vad_v2'),
  tflite('mww_okay_nabu_v1'),
  tflite('mww_okay_nabu_v2'),
  tflite('nns_sample_4x4x4x4x4_two_input_one_output'),
  tflite('movenet_single_pose_lightning_ptq'),
  tflite('basic_pitch_nmp'),
];

/** All rows of the index of the test material, by path. */
export function modelIndex(): ReadonlyMap<string, ModelRow> {
  const { rows } = JSON.parse(readFileSync(`${sharedDir}models/INDEX.json`, 'utf8')) as { rows: ModelRow[] };
  return new Map(rows.map((row) => [row.path, row]));
}
