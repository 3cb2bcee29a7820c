import { describe, expect, test } from 'vitest';
import { instantiatePlanned } from '../../cli/engine/wasm.ts';
import { emitC } from '../../converter/backends/c/emit.ts';
import { cKernelNeeds } from '../../converter/backends/c/kernels.ts';
import { wasmKernelNeeds } from '../../converter/backends/wasm/needs.ts';
import type { PlannedProgram } from '../../converter/plan/plan-program.ts';
import { fromBytes, toBytes } from '../../converter/tensor/dtype.ts';
import { byteSize, type Tensor, type TensorType } from '../../converter/tensor/tensor.ts';
import type { PackageFile } from '../../targets/harness/package.ts';
import { runOnHost } from '../../targets/host/run.ts';
import { runInQemu } from '../../targets/qemu/run.ts';
import { plainOptions } from '../backends/c/batch.ts';
import { runCPrograms } from '../conformance/c-programs.ts';
import { furtherModels, requiredModels } from '../support/models.ts';
import { hasShared } from '../support/shared.ts';
import { needTool } from '../support/tools.ts';
import { expectGolden } from './golden-files.ts';
import { type GoldenRun, goldenRuns } from './golden-runs.ts';
import { modePlans, otherPlans, type PlanMode } from './mode-plans.ts';

/**
 * Every planning mode against the expected outputs, on all back ends. The mode that a back end has by itself is compared in
 * back-ends.test.ts; here are all plans that differ from that one.
 */

const onnxModels = [
  'models/onnx/mlperf_kws_torch_float_qdq_pc.onnx',
  'models/onnx/mlperf_ic_resnet8_torch_float.onnx',
  'models/onnx/hls4ml_conv2d_small_mp_keras.onnx',
  'models/onnx_export/densenet_mini_ts_op17_qop_pc.onnx',
  'models/onnx_export/shufflenet_v2_x0_5_ts_op11_qop_pc.onnx',
  'models/onnx_export/inception_mini_ts_op13.onnx',
  'models/onnx_export/unet_ts_op13_qdq_pc.onnx',
  'models/onnx_export/test_resnet_ts_op13_qop.onnx',
  'models/onnx_export/mobilenetv3_small_050_dynamo_op18.onnx',
];

const tflite = (name: string) => `models/tflite/${name}.tflite`;

/** Bytes of the arena of the C package. */
const arenas: readonly (readonly [path: string, mode: PlanMode, bytes: number, most: number])[] = [
  [tflite('mlperf_kws_int8'), 'balanced', 8_384, 9_000],
  [tflite('mlperf_kws_int8'), 'sram', 5_378, 5_500],
  [tflite('mlperf_ic_resnet8_int8'), 'balanced', 17_996, 33_500],
  [tflite('mlperf_ic_resnet8_int8'), 'sram', 15_584, 18_000],
  [tflite('mlperf_vww_int8'), 'balanced', 27_748, 37_500],
  [tflite('mlperf_vww_int8'), 'sram', 27_748, 34_000],
  [tflite('mlperf_vww_int8'), 'fed', 14_352, 18_000],
  [tflite('mlperf_ad_int8'), 'balanced', 764, 768],
  [tflite('tflm_person_detect_int8'), 'balanced', 21_224, 38_000],
  [tflite('mobilenet_v2_1.0_224_quant'), 'balanced', 253_660, 1_250_000],
  [tflite('mobilenet_v2_1.0_224_quant'), 'sram', 252_508, 400_000],
];

describe.skipIf(!hasShared)('the arena', () => {
  test.each(arenas)('of %s, %s, is %i bytes', (path, mode, bytes, most) => {
    const [planned] = modePlans(goldenRuns(path)[0]?.graph ?? expect.fail('no runs'), cKernelNeeds, [mode]);
    expect(planned?.plan.arenaBytes).toBe(bytes);
    expect(bytes).toBeLessThanOrEqual(most);
  });
});

const files = ({ program, plan }: PlannedProgram, prefix: string): PackageFile[] =>
  emitC(program, plan, plainOptions(prefix)).map(({ path, bytes }) => ({ path, contents: bytes }));

/** Modes of a C package with the usual interface. */
const cModes = ['latency', 'balanced', 'sram'] as const;

async function meetsOnHost(path: string): Promise<void> {
  const programs = goldenRuns(path).flatMap(({ graph, steps }, run) =>
    otherPlans(graph, cKernelNeeds, cModes, 'balanced').map((planned) => {
      const prefix = `${planned.modes[0]}${run}`;
      const inputs = steps.map((step) => step.inputs);
      return { program: { graph, steps: inputs, prefix, files: files(planned, prefix) }, steps };
    }),
  );
  const outcomes = await runCPrograms(
    programs.map(({ program }) => program),
    '-O1',
  );
  programs.forEach(({ program, steps }, i) => {
    const outcome = outcomes[i];
    if (outcome?.kind !== 'ran') expect.fail(`${program.prefix}: ${JSON.stringify(outcome)}`);
    expectSteps({ graph: program.graph, steps }, outcome.outputs);
  });
}

function expectSteps({ steps }: GoldenRun, outputs: readonly (readonly Tensor[])[]): void {
  expect(outputs.length).toBe(steps.length);
  steps.forEach((step, i) => {
    expectGolden(outputs[i] ?? [], step.outputs);
  });
}

describe.skipIf(!hasShared || !needTool('gcc').available)('C packages of other modes on this computer', () => {
  test.each([...requiredModels, ...furtherModels, ...onnxModels])('%s', meetsOnHost);
});

/** Of all sizes, with and without residual branches, and with what goes on behind the fed stream. */
const fedModels = [
  tflite('mlperf_kws_int8'),
  tflite('mlperf_ic_resnet8_int8'),
  tflite('mlperf_vww_int8'),
  tflite('tflm_person_detect_int8'),
  tflite('mobilenet_v1_0.25_128_quant'),
  tflite('tinymaix_cifar10_f'),
  'examples/digits/digits_int8.tflite',
];

async function meetsFed(path: string): Promise<void> {
  for (const run of goldenRuns(path)) {
    const [planned] = modePlans(run.graph, cKernelNeeds, ['fed']);
    if (planned === undefined) expect.fail('the input does not come by rows');
    const types = planned.program.outputs.map(({ operand }) => operand.type);
    const samples = run.steps.map(({ inputs }) => ({ inputs: inputs.map(({ data }) => toBytes(data)) }));
    const model = { prefix: 'm', files: files(planned, 'm') };
    const { runs } = await runOnHost(model, samples, types.map(byteSize), { optimize: '-O1' });
    expect(runs.map(({ status }) => status)).toEqual(runs.map(() => 0));
    expectSteps(
      run,
      runs.map(({ outputs }) => outputsOf(types, outputs)),
    );
  }
}

function outputsOf(types: readonly TensorType[], outputs: readonly Uint8Array[]): Tensor[] {
  return types.map((type, k) => ({ type, data: fromBytes(type.dtype, outputs[k] ?? new Uint8Array(0)) }));
}

describe.skipIf(!hasShared || !needTool('gcc').available)('C packages fed by rows on this computer', () => {
  test.each(fedModels)('%s', meetsFed);
});

function meetsInWasm(path: string): void {
  for (const run of goldenRuns(path)) {
    for (const planned of otherPlans(run.graph, wasmKernelNeeds, ['balanced', 'sram'], 'latency')) {
      const module = instantiatePlanned(planned);
      const outputs = run.steps.map(({ inputs }) => {
        module.write(inputs);
        module.run();
        return module.outputs.map(module.read);
      });
      expectSteps(run, outputs);
    }
  }
}

describe.skipIf(!hasShared)('WASM modules of other modes', () => {
  test.each([...requiredModels, ...furtherModels, ...onnxModels])('%s', meetsInWasm);
});

/** One of each kind: streams with and without residual branches, moves, floats. */
const boardModels = [
  tflite('mlperf_kws_int8'),
  tflite('mlperf_ic_resnet8_int8'),
  tflite('mlperf_vww_int8'),
  'examples/digits/digits_int8.tflite',
  'examples/digits/digits_float.tflite',
  tflite('tinymaix_mnist_resnet_q'),
  tflite('tinymaix_cifar10_q'),
  tflite('mltk_kws_on_off_v3'),
];

async function meetsOnBoard(path: string): Promise<void> {
  for (const run of goldenRuns(path)) {
    const [input] = run.steps;
    for (const planned of otherPlans(run.graph, cKernelNeeds, cModes, 'balanced')) {
      const types = planned.program.outputs.map(({ operand }) => operand.type);
      const samples = (input === undefined ? [] : [input]).map(({ inputs }) => ({
        inputs: inputs.map(({ data }) => toBytes(data)),
      }));
      const model = { prefix: 'm', files: files(planned, 'm') };
      const { runs } = await runInQemu(model, samples, types.map(byteSize), { counter: 'icount' });
      const outputs = runs.map((one) => outputsOf(types, one.outputs));
      expectSteps({ ...run, steps: run.steps.slice(0, 1) }, outputs);
    }
  }
}

const emulator = needTool('arm-none-eabi-gcc', 'qemu-system-arm');

describe.skipIf(!hasShared || !emulator.available)('C packages of other modes on a Cortex-M4', () => {
  test.each(boardModels)('%s', meetsOnBoard, 300_000);
});
