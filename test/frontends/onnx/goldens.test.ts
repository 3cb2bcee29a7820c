import { afterAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../../cli/engine/engine.ts';
import { engines } from '../../../cli/engine/registry.ts';
import { evaluateRuns } from '../../../converter/ir/evaluate.ts';
import { onHost } from '../../models/package-runs.ts';
import { modelIndex } from '../../support/models.ts';
import { hasShared } from '../../support/shared.ts';
import { needTool } from '../../support/tools.ts';
import { convertModel, type Run, runModel } from './models.ts';
import { tiedAverages } from './tied-averages.ts';

/**
 * Real networks and exports of common architectures on the reference evaluator, as a WASM module and as C on this computer: the expected outputs of
 * onnxruntime within 1e-4 of the largest magnitude, or a refusal that says why. Small graphs without expected outputs convert or are
 * refused; those with them are among the cases of test/conformance. The C is compiled with -O1: that of models of TensorFlow Lite, which has the same kernels, with -O2.
 */
const isGraph = (path: string) => path.startsWith('models/onnx_graphs/');

const rows = hasShared
  ? [...modelIndex().values()].filter(({ path, golden }) => {
      return /^models\/onnx(_export|_ml)?\/.*\.onnx$/.test(path) || (isGraph(path) && golden === undefined);
    })
  : [];

const reference: Run = async (graph, steps) => evaluateRuns(graph, steps);

const on =
  (engine: Engine['run']): Run =>
  async (graph, steps) => {
    const { inferences } = await engine(
      graph,
      steps.map((inputs) => () => inputs),
      () => {},
    );
    return inferences.map(({ outputs }) => outputs);
  };

/** Transposes that remain: one at an input of several channels, and the shuffles of channels of ShuffleNet. */
const transposesLeft: ReadonlyMap<string, number> = new Map([
  ['models/onnx/mlperf_kws_torch_bn_float.onnx', 0],
  ['models/onnx/mlperf_ic_resnet8_torch_bn_float.onnx', 1],
  ['models/onnx/mlperf_vww_torch_float.onnx', 1],
  ['models/onnx/cnn_mnist_pytorch.onnx', 0],
  ['models/onnx/hls4ml_conv2d_small_mp_keras.onnx', 0],
  ['models/onnx_export/densenet_mini_ts_op17.onnx', 1],
  ['models/onnx_export/inception_mini_ts_op13.onnx', 0],
  ['models/onnx_export/mobilenetv3_small_050_dynamo_op18.onnx', 1],
  ['models/onnx_export/shufflenet_v2_x0_5_ts_op11.onnx', 17],
  ['models/onnx_export/test_efficientnet_dynamo_op18.onnx', 1],
  ['models/onnx_export/test_resnet_ts_op13.onnx', 1],
]);

const hasCompiler = needTool('gcc').available;

const counts = new Map<string, number>();
const count = (key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);

describe.skipIf(!hasShared)('ONNX models meet their expected outputs or are refused', () => {
  test.each(rows.map((row) => [row.path, row] as const))('%s', { timeout: 120_000 }, async (path, row) => {
    const runs: [string, Run][] = [
      ['wasm', on(engines.wasm.run)],
      ['reference', reference],
      ...(hasCompiler ? [['c', on(onHost('-O1'))] as [string, Run]] : []),
    ];
    const models = convertModel(row);
    for (const [name, run] of runs) {
      const result = await runModel(models, run, tiedAverages.get(path) ?? 0);
      count(`${name} ${path.split('/')[1]} ${result.kind}`);
      if (process.env.THIMBLE_LIST_REFUSALS !== undefined) {
        const text =
          result.kind === 'refused'
            ? [...new Set(result.problems.map(({ where, what }) => `${where}: ${what}`))].slice(0, 4).join('; ')
            : `${result.transposes} transposes left ${result.why}`;
        console.log(`${name} ${result.kind}\t${path}\t${text}`);
      }
      if (result.kind === 'wrong') expect.fail(`${name}: ${result.why}`);
      const allowed = transposesLeft.get(path);
      if (result.kind === 'pass' && allowed !== undefined) expect(result.transposes, 'transposes left').toBe(allowed);
    }
  });

  afterAll(() => {
    console.log(
      [...counts]
        .map(([key, n]) => `${key}: ${n}`)
        .sort()
        .join('\n'),
    );
  });
});
