import { expect } from 'vitest';
import { engines } from '../../../cli/engine/registry.ts';
import { evaluateRuns } from '../../../converter/ir/evaluate.ts';
import { typeOf } from '../../../converter/ir/graph.ts';
import { fromBytes } from '../../../converter/tensor/dtype.ts';
import type { Tensor } from '../../../converter/tensor/tensor.ts';
import { judge as judgeCase } from '../../conformance/compare.ts';
import type { Job } from '../../conformance/job.ts';
import { type Expected, expectGolden } from '../golden-files.ts';
import type { ModelCase } from './cases.ts';
import type { HostResult } from './hosts.ts';
import type { StagedCase } from './stage.ts';

/** Where expected outputs come from. */
export type Origin = 'another runtime' | 'the reference evaluator' | 'simd128 in this Node.js';

export interface Wanted {
  readonly origin: Origin;
  /** Of each step. */
  readonly outputs: readonly (readonly Expected[])[];
}

/** Models of more multiply-accumulates take the reference evaluator seconds. */
const mostMacs = 60_000_000;

/** What a case must give. Where no other runtime has said it, the reference evaluator does, or the plainest variant where that is too slow. */
export async function wantedOf({ model, macs }: StagedCase): Promise<Wanted> {
  const outputs = model.steps.flatMap((step) => (step.outputs === null ? [] : [step.outputs]));
  if (outputs.length > 0) return { origin: 'another runtime', outputs };
  const inputs = model.steps.map((step) => step.inputs);
  const expected = (tensors: readonly Tensor[]): Expected[] =>
    tensors.map(({ data }, i) => ({
      name: model.graph.outputs[i]?.name ?? '',
      values: Array.from(data as ArrayLike<number | bigint>, Number),
      tolerance: 1e-4,
    }));
  if (macs <= mostMacs) {
    return { origin: 'the reference evaluator', outputs: evaluateRuns(model.graph, inputs).map(expected) };
  }
  const samples = inputs.map((tensors) => () => tensors);
  const { inferences } = await engines.wasm.run(model.graph, samples, () => {});
  return { origin: 'simd128 in this Node.js', outputs: inferences.map((inference) => expected(inference.outputs)) };
}

/** What became of a bundle in one variant on one host. */
export type Verdict =
  | { readonly kind: 'equal' }
  | { readonly kind: 'wrong'; readonly why: string }
  /** The engine or the processor has no such instructions. */
  | { readonly kind: 'not run'; readonly why: string }
  /** There is nothing to compare with. */
  | { readonly kind: 'left out'; readonly why: string };

/** What the loader says where an engine lacks the instructions of a variant. */
const obstacle = /cannot run here: this engine has no relaxed SIMD|dot product of this engine is not exact/;

/**
 * Quantized while they run: where a float differs in its last bit, an activation may become the next integer, and 83 such layers one after
 * the other make another picture of it. No other runtime has said what it gives; variants that round floats otherwise have nothing to be compared with.
 */
const amplifying: ReadonlySet<string> = new Set(['models/tflite/yolox_nano_dynamic_range.tflite']);

/** Judges a result: integers must be equal to the bit, floats within the tolerance. */
export function judge({ model }: StagedCase, wanted: Wanted, result: HostResult): Verdict {
  if ('error' in result) return { kind: obstacle.test(result.error) ? 'not run' : 'wrong', why: result.error };
  if (amplifying.has(model.path) && result.variant !== 'simd128') {
    const why = `\`${result.variant}\` of ${model.path.split('/').at(-1)}, which quantizes between layers as it runs and so amplifies roundings`;
    return { kind: 'left out', why };
  }
  if (model.job !== null) return judgeJob(model.job, model, result.outputs);
  try {
    expect(result.outputs.length, 'runs').toBe(wanted.outputs.length);
    for (const [step, outputs] of wanted.outputs.entries()) {
      expectGolden(tensorsOf(model, result.outputs[step] ?? []), outputs, model.tolerance);
    }
    return { kind: 'equal' };
  } catch (error) {
    return { kind: 'wrong', why: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error) };
  }
}

/** The outputs of a run. */
function tensorsOf({ graph }: ModelCase, outputs: readonly string[]): Tensor[] {
  return graph.outputs.map((port, i): Tensor => {
    const type = typeOf(graph, port.value);
    return { type, data: fromBytes(type.dtype, Uint8Array.from(Buffer.from(outputs[i] ?? '', 'base64'))) };
  });
}

/** Judges an operator case as test/conformance does. */
function judgeJob(job: Job, model: ModelCase, outputs: readonly (readonly string[])[]): Verdict {
  const outcome = judgeCase(job, { kind: 'ran', outputs: outputs.map((one) => tensorsOf(model, one)) });
  if (outcome.kind === 'pass') return { kind: 'equal' };
  return { kind: 'wrong', why: outcome.kind === 'wrong' ? outcome.why : 'it is refused' };
}
