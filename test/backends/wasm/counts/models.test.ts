import { describe, expect, test } from 'vitest';
import { instructionClasses, sumInstructions } from '../../../../converter/backends/wasm/counts/instructions.ts';
import { moduleInstructions } from '../../../../converter/backends/wasm/counts/module.ts';
import { emitWasmModule } from '../../../../converter/backends/wasm/emit-module.ts';
import { wasmKernelNeeds } from '../../../../converter/backends/wasm/needs.ts';
import { type Variant, variants } from '../../../../converter/backends/wasm/variant.ts';
import { importModel, optimizeGraph, planProgram } from '../../../../converter/pipeline.ts';
import { hasShared, readShared } from '../../../support/shared.ts';
import { executedCounts } from './executed.ts';

/** The part by which a softmax, whose powers may end early, may make a class of instructions differ. */
const softmaxShare = 0.005;

const models = ['kws', 'vww', 'ic_resnet8', 'ad'].map((name) => `mlperf_${name}_int8`);
const floats = ['mlperf_kws_keras_float', 'mlperf_vww_float', 'mlperf_ic_resnet8_float', 'mlperf_ad_float'];

/** The variants of a model that is slow to emit. */
const fewer: { readonly [name: string]: readonly Variant[] } = { 'mobilenet_v2_1.0_224_quant': ['dot'] };

describe.skipIf(!hasShared)('instructions of whole models, predicted and executed', () => {
  test.each([...models, ...floats, ...Object.keys(fewer)])('%s', (name) => {
    const path = `models/tflite/${name}.tflite`;
    const { graph } = optimizeGraph(importModel(readShared(path), path));
    const { program, plan } = planProgram(graph, wasmKernelNeeds);
    for (const variant of fewer[name] ?? variants) {
      const emitted = emitWasmModule(program, plan, variant);
      const steps = moduleInstructions(emitted.module, program.steps.length);
      const open = program.steps.filter((_, i) => steps[i]?.dependsOnData).map(({ op }) => op.type);
      expect(open.filter((type) => type !== 'softmax')).toEqual([]);
      const [predicted, executed] = [sumInstructions(steps), executedCounts(emitted)];
      for (const one of instructionClasses) {
        const allowed = open.length === 0 ? 0 : softmaxShare * executed[one];
        expect(Math.abs(predicted[one] - executed[one]), `${one} in ${variant}`).toBeLessThanOrEqual(allowed);
      }
    }
  });
});
