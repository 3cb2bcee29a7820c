import { describe, expect, test } from 'vitest';
import { evaluateGraph, evaluateRuns } from '../../converter/ir/evaluate.ts';
import { importModel, optimizeGraph } from '../../converter/pipeline.ts';
import { furtherModels, modelIndex, requiredModels } from '../support/models.ts';
import { hasShared, readShared } from '../support/shared.ts';
import { expectGolden, goldenSteps } from './golden-files.ts';
import { goldenRounding, roundsOnce, roundsOnceReason } from './golden-rounding.ts';

/**
 * The reference evaluator against the expected outputs of the TensorFlow Lite interpreter: int8 and uint8 to the bit. Small models
 * are run before and after the passes.
 */

const once: ReadonlySet<string> = new Set(['models/tflite/mobilenet_v2_1.0_224_quant.tflite']);

describe.skipIf(!hasShared)('expected outputs of TensorFlow Lite', () => {
  const index = hasShared ? modelIndex() : new Map();

  test.each([...requiredModels, ...furtherModels])('%s', (path) => {
    const row = index.get(path) ?? expect.fail(`${path} is not in the index`);
    const imported = importModel(readShared(path), path);
    const { graph: optimized } = optimizeGraph(imported);
    if (row.golden === undefined) {
      expect(row.golden_absent).toBeTypeOf('string');
      console.log(`${path}: no expected outputs: ${row.golden_absent}`);
      return;
    }
    const rounding = goldenRounding(path);
    if (rounding === 'single')
      console.log(`${path}: meets its expected outputs with rounding=single: ${roundsOnceReason}`);
    expect(row.golden.steps).toBeGreaterThan(0);
    const steps = goldenSteps(imported, row.golden);
    for (const graph of once.has(path) ? [optimized] : [imported, optimized]) {
      const found = evaluateRuns(
        { ...graph, rounding },
        steps.map(({ inputs }) => inputs),
      );
      steps.forEach(({ outputs }, i) => {
        expectGolden(found[i] ?? [], outputs);
      });
    }
  });

  test.each([...roundsOnce])('%s differs when rounded twice, so the table above is still needed', (path) => {
    const row = index.get(path);
    const graph = importModel(readShared(path), path);
    const steps = goldenSteps(graph, row?.golden ?? expect.fail('no golden'));
    const agrees = () => {
      for (const { inputs, outputs } of steps)
        expectGolden(evaluateGraph({ ...graph, rounding: 'exact' }, inputs), outputs);
    };
    expect(agrees).toThrow();
  });
});
