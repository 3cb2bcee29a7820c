import { describe, test } from 'vitest';
import { type QemuCpu, qemuCpus } from '../../targets/qemu/machines.ts';
import { qemuTools } from '../../targets/qemu/program.ts';
import { hasShared } from '../support/shared.ts';
import { needTool } from '../support/tools.ts';
import { meetsGoldens } from './golden-runs.ts';
import { onBoard } from './package-runs.ts';

/**
 * The C package on every emulated processor against the expected outputs: one answer, byte for byte, wherever it runs. The
 * Cortex-M4 is absent: back-ends.test.ts runs more models on it.
 */
const processors = qemuCpus.filter((cpu) => cpu !== 'cortex-m4');

const models = [
  'examples/digits/digits_int8.tflite',
  'examples/digits/digits_float.tflite',
  'models/tflite/mlperf_kws_int8.tflite',
  'models/tflite/mlperf_ad_int8.tflite',
];

/** What fits into 256 KiB of flash and 16 KiB of RAM. */
const microbitModels = [
  'examples/digits/digits_int8.tflite',
  'models/tflite/tinymaix_mnist_valid_f.tflite',
  'models/tflite/tflm_micro_speech_int8.tflite',
  'models/tflite/mlperf_sww_int8.tflite',
];

const modelsOf = (cpu: QemuCpu) => (cpu === 'cortex-m0' ? microbitModels : models);

describe.each(processors)('the C package on %s meets the expected outputs', (cpu) => {
  const emulator = needTool(...qemuTools(cpu));
  test.skipIf(!hasShared || !emulator.available).each(modelsOf(cpu))(
    '%s',
    (path) => meetsGoldens(onBoard(cpu), path),
    120_000,
  );
});
