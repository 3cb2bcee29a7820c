import { describe, expect, test } from 'vitest';
import { wasmKernelNeeds, wasmProblems } from '../../../converter/backends/wasm/needs.ts';
import { compareTensors } from '../../../converter/compare.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { typeOf } from '../../../converter/ir/graph.ts';
import { importModel, optimizeGraph, planProgram } from '../../../converter/pipeline.ts';
import { furtherModels, requiredModels } from '../../support/models.ts';
import { hasShared, readShared } from '../../support/shared.ts';
import { emit, random, randomTensor, runModule, runnable } from './run-graph.ts';

/** The largest one takes the reference evaluator half a minute; other tests run it. */
const slow: ReadonlySet<string> = new Set(['models/tflite/mobilenet_v2_1.0_224_quant.tflite']);

/** Bytes of code that no model may exceed: a module is small because it holds only its own kernels. MoveNet has some 100,000 of them. */
const largestCode = 110_000;

/** Whole models, with memory planned as it is shipped: every int8 output equals that of the reference evaluator, in every variant that this engine runs. */
describe.skipIf(!hasShared)('models as WebAssembly', () => {
  test.each([...requiredModels, ...furtherModels].filter((path) => !slow.has(path)))('%s', (path) => {
    const { graph } = optimizeGraph(importModel(readShared(path), path));
    const { program } = planProgram(graph, wasmKernelNeeds);
    const problems = wasmProblems(program);
    if (problems.length > 0) {
      expect(requiredModels).not.toContain(path);
      console.log(`${path}: ${problems.map(({ where, what }) => `${where}: ${what}`).join('; ')}`);
      return;
    }
    const next = random(11);
    const inputs = graph.inputs.map((port) => randomTensor(typeOf(graph, port.value), next));
    const expected = evaluateGraph(graph, inputs);
    for (const variant of runnable) {
      const emitted = emit(graph, 'planned', 'none', variant);
      const code = emitted.module.functions.reduce((sum, { code }) => sum + code.length, 0);
      expect(code).toBeLessThan(largestCode);
      runModule(emitted, inputs).forEach((tensor, i) => {
        const reference = expected[i] ?? expect.fail('no output');
        expect(compareTensors(reference, tensor).difference, `${graph.outputs[i]?.name} in ${variant}`).toBeNull();
      });
    }
  });
});
