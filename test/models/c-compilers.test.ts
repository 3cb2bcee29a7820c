import { describe, expect, test } from 'vitest';
import { compareTensors } from '../../converter/compare.ts';
import { evaluateGraph } from '../../converter/ir/evaluate.ts';
import { packageOptions } from '../../converter/package-options.ts';
import { convertToC, importModel, optimizeGraph } from '../../converter/pipeline.ts';
import { randomInputs } from '../../converter/random-inputs.ts';
import { fromBytes, toBytes } from '../../converter/tensor/dtype.ts';
import { byteSize } from '../../converter/tensor/tensor.ts';
import { type HostOptions, runOnHost } from '../../targets/host/run.ts';
import { hasShared, readShared } from '../support/shared.ts';
import { needTool } from '../support/tools.ts';

/** Whole models as C99 and as C++, by both compilers, warnings as errors, and under the address and undefined-behaviour sanitizers. */

/** One of them with the usual -O2, as back-ends.test.ts has gcc; sanitizers see more with less optimization, and C++ is another front end of the same compilers. */
const builds: readonly Pick<HostOptions, 'compiler' | 'sanitize' | 'optimize'>[] = [
  { compiler: 'gcc', sanitize: true, optimize: '-O1' },
  { compiler: 'clang', sanitize: false, optimize: '-O2' },
  { compiler: 'g++', sanitize: false, optimize: '-O1' },
  { compiler: 'clang++', sanitize: false, optimize: '-O1' },
];

/** int8, uint8, hybrid and float; residual, depthwise, concatenation, pads, several outputs. */
const models = [
  'models/tflite/mlperf_kws_int8.tflite',
  'models/tflite/mlperf_kws_float.tflite',
  'examples/digits/digits_int8.tflite',
  'examples/digits/digits_float.tflite',
  'models/tflite/mobilenet_v1_0.25_128_quant.tflite',
  'models/tflite/ssd_slim_120x160_int8.tflite',
  'models/tflite/blazeface_front_128.tflite',
  'models/tflite/ptq_mnist_lenet_300_100.tflite',
];

const tools = needTool('gcc', 'g++', 'clang', 'clang++');

describe.skipIf(!hasShared || !tools.available)('the C package of a real model', () => {
  test.each(models)('%s', async (path) => {
    const { graph } = optimizeGraph(importModel(readShared(path), path));
    const { artifacts, prefix, program } = convertToC(graph, packageOptions(graph.name));
    const inputs = randomInputs(graph, 3);
    const expected = evaluateGraph(graph, inputs);
    const model = { prefix, files: artifacts.map((file) => ({ path: file.path, contents: file.bytes })) };
    const sample = { inputs: inputs.map((tensor) => toBytes(tensor.data)) };
    const outputBytes = program.outputs.map(({ operand }) => byteSize(operand.type));
    for (const build of builds) {
      const { runs } = await runOnHost(model, [sample], outputBytes, build);
      expected.forEach((tensor, i) => {
        const bytes = runs[0]?.outputs[i] ?? expect.fail(`no output ${i}`);
        const found = { type: tensor.type, data: fromBytes(tensor.type.dtype, bytes) };
        expect(compareTensors(tensor, found).difference, `${build.compiler}, output ${i}`).toBeNull();
      });
    }
  });
});
