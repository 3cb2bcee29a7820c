import { describe, test } from 'vitest';
import { engines } from '../../cli/engine/registry.ts';
import { furtherModels, requiredModels } from '../support/models.ts';
import { hasShared } from '../support/shared.ts';
import { needTool } from '../support/tools.ts';
import { meetsGoldens } from './golden-runs.ts';
import { onBoard } from './package-runs.ts';

/**
 * The WASM module, the C package on this computer, and the C package on an emulated Cortex-M4 against the expected outputs of
 * TensorFlow Lite and of TFLite Micro: int8 and uint8 to the bit, float within 1e-4 of the largest expected magnitude.
 */

describe.skipIf(!hasShared)('the WASM module meets the expected outputs', () => {
  test.each([...requiredModels, ...furtherModels])('%s', (path) => meetsGoldens(engines.wasm.run, path));
});

describe.skipIf(!hasShared || !needTool('gcc').available)(
  'the C package on this computer meets the expected outputs',
  () => {
    test.each([...requiredModels, ...furtherModels])('%s', (path) => meetsGoldens(engines.c.run, path));
  },
);

/** Models with a state, of which the boards must keep every byte from run to run. */
const streamingModels = ['tflm_mnist_lstm_int8', 'tflm_keyword_scrambled_8bit'].map(
  (name) => `models/tflite/${name}.tflite`,
);

const emulator = needTool('arm-none-eabi-gcc', 'qemu-system-arm');

describe.skipIf(!hasShared || !emulator.available)('the C package on a Cortex-M4 meets the expected outputs', () => {
  test.each([...requiredModels, ...streamingModels])('%s', (path) => meetsGoldens(onBoard('cortex-m4'), path), 300_000);
});
