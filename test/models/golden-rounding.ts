import type { Rounding } from '../../converter/tensor/requantize.ts';

/**
 * TensorFlow 2.21 rounds once in its int8 FULLY_CONNECTED kernel, where TFLite Micro and all its other integer kernels round twice.
 * These models have no other integer arithmetic that would tell the difference, so `single` is what their expected outputs need.
 */
export const roundsOnce: ReadonlySet<string> = new Set([
  'models/tflite/mlperf_ad_int8.tflite',
  'models/tflite/ptq_mnist_lenet_300_100.tflite',
  'models/tflite/openmv_force_int_quant.tflite',
  'models/tflite/tflm_dtln_int8.tflite',
]);

export const roundsOnceReason = "TensorFlow 2.21's int8 FULLY_CONNECTED rounds once, TFLite Micro's twice";

/** The rounding that the expected outputs of TensorFlow Lite were made with. */
export function goldenRounding(path: string): Rounding {
  return roundsOnce.has(path) ? 'single' : 'exact';
}
