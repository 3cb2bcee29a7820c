import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compareTensors } from '../../converter/compare.ts';
import { evaluateGraph } from '../../converter/ir/evaluate.ts';
import { packageOptions } from '../../converter/package-options.ts';
import { convertToC, importModel, optimizeGraph } from '../../converter/pipeline.ts';
import { latencyPlan, type PlanOptions } from '../../converter/plan/options.ts';
import { randomInputs } from '../../converter/random-inputs.ts';
import { fromBytes, toBytes } from '../../converter/tensor/dtype.ts';
import { byteSize, type Tensor } from '../../converter/tensor/tensor.ts';
import { runOnHost } from '../../targets/host/run.ts';
import { runInQemu } from '../../targets/qemu/run.ts';
import { stackBounds } from '../../targets/stack/bound.ts';
import { hasShared, readShared } from '../support/shared.ts';
import { needTool } from '../support/tools.ts';

/** Models whose input comes row by row: same results, an arena without the input, a stack within its bound. */

const tools = needTool(
  'gcc',
  'clang',
  'arm-none-eabi-gcc',
  'arm-none-eabi-newlib',
  'arm-none-eabi-objdump',
  'qemu-system-arm',
);

/** The smallest arenas; int8, float and uint8. */
const models: readonly (readonly [path: string, optimize: PlanOptions['optimize'], mostBytes: number])[] = [
  ['examples/digits/digits_int8.tflite', 'sram', 3_100],
  ['examples/digits/digits_float.tflite', 'balanced', 10_000],
  ['models/tflite/mlperf_kws_int8.tflite', 'balanced', 9_300],
  ['models/tflite/mlperf_vww_int8.tflite', 'sram', 18_000],
  ['models/tflite/tflm_person_detect_int8.tflite', 'sram', 18_000],
  ['models/tflite/mobilenet_v1_0.25_128_quant.tflite', 'sram', 22_000],
];

describe.skipIf(!hasShared || !tools.available)('a model fed row by row', () => {
  test.each(models)('%s, %s', async (path, optimize, mostBytes) => {
    const { graph } = optimizeGraph(importModel(readShared(path), basename(path)));
    const plan = { ...latencyPlan, optimize, feedRows: true };
    const { artifacts, prefix, memory } = convertToC(graph, packageOptions(graph.name, { plan }));
    expect(memory.arenaBytes).toBeLessThanOrEqual(mostBytes);
    const model = { prefix, files: artifacts.map((file) => ({ path: file.path, contents: file.bytes })) };
    const inputs = randomInputs(graph, 3);
    const expected = evaluateGraph(graph, inputs);
    const sample = { inputs: inputs.map(({ data }) => toBytes(data)) };
    const sizes = expected.map(({ type }) => byteSize(type));

    const onHost = await runOnHost(model, [sample, sample], sizes, { sanitize: true, optimize: '-O1' });
    const byClang = path.includes('digits') ? await runOnHost(model, [sample], sizes, { compiler: 'clang' }) : onHost;
    for (const { outputs } of [...onHost.runs, ...byClang.runs]) compare(expected, outputs);
    expect(onHost.runs.map(({ status }) => status)).toEqual([0, 0]);

    const { runs, use, elf } = await runInQemu(model, [sample], sizes, { counter: 'icount' });
    const [run] = runs;
    compare(expected, run?.outputs ?? []);
    expect(run?.status).toBe(0);
    expect(use.arenaBytes).toBe(memory.arenaBytes);
    expect(use.staticRamBytes).toBe(memory.staticBytes);
    const [code] = await stackBounds(elf, [`${prefix}_run_rows`]);
    const codeBytes = code !== undefined && 'bytes' in code ? code.bytes : Number.NaN;
    const painted = run?.stackBytes ?? Number.NaN;
    expect(codeBytes).toBeGreaterThanOrEqual(painted);
    expect(memory.stackBoundBytes).toBeGreaterThanOrEqual(codeBytes);
    expect(memory.stackBoundBytes - painted).toBeLessThanOrEqual(256);
  });
});

function compare(expected: readonly Tensor[], outputs: readonly Uint8Array[]): void {
  expected.forEach((tensor, i) => {
    const bytes = outputs[i] ?? expect.fail(`no output ${i}`);
    const found = { type: tensor.type, data: fromBytes(tensor.type.dtype, bytes) };
    expect(compareTensors(tensor, found).difference).toBeNull();
  });
}
