import { describe, expect, it } from 'vitest';
import { emitWasmModule } from '../../../converter/backends/wasm/emit-module.ts';
import { wasmKernelNeeds, wasmProblems } from '../../../converter/backends/wasm/needs.ts';
import type { Variant } from '../../../converter/backends/wasm/variant.ts';
import { lowerGraph } from '../../../converter/plan/lower.ts';
import { disjoint } from '../../../converter/plan/overlap.ts';
import type { Step } from '../../../converter/plan/program.ts';
import { toBytes } from '../../../converter/tensor/dtype.ts';
import { byteSize, type TensorType } from '../../../converter/tensor/tensor.ts';
import { overlappedPlan } from '../../plan/overlapped.ts';
import { type ConvolutionCase, convolution } from '../c/models.ts';
import { convolutions, otherLayers } from '../c/overlap-layers.ts';
import type { LayerCase } from '../c/overlap-runs.ts';
import { Random } from '../c/random.ts';
import { runModule, runnable } from './run-graph.ts';

const disjointOf = (_: unknown, inputs: readonly TensorType[]) => disjoint(inputs);
const apartNeeds = { ...wasmKernelNeeds, overlaps: disjointOf };

/** Places in the arena are multiples of this. */
const ALIGNMENT = 16;

function statedOf({ op, inputs, outputs }: Step, index: number): number | null {
  const types = inputs.map(({ type }) => type);
  return (
    wasmKernelNeeds.overlaps(
      op,
      types,
      outputs.map(({ type }) => type),
    )[index] ?? null
  );
}

/** Whether the layer gives at `distance` what it gives in disjoint memory. */
function isRightAt(one: LayerCase, distance: number): boolean {
  return runnable.every((variant) => isRightIn(variant, one, distance));
}

function isRightIn(variant: Variant, { layer, input }: LayerCase, distance: number): boolean {
  const program = lowerGraph(layer.graph, apartNeeds);
  const run = (wanted: number | null) => {
    const plan = overlappedPlan(program, ({ inputs }) => inputs.map((_, i) => (i === input ? wanted : null)));
    return runModule({ ...emitWasmModule(program, plan, variant), plan }, layer.inputs).map(({ data }) =>
      toBytes(data),
    );
  };
  const expected = run(null);
  try {
    const actual = run(distance);
    return expected.every((bytes, i) => Buffer.compare(bytes, actual[i] ?? Buffer.of()) === 0);
  } catch (error) {
    // An overwritten number may be no index of its table any more.
    if (error instanceof WebAssembly.RuntimeError) return false;
    throw error;
  }
}

const layers = [...convolutions, ...otherLayers].flatMap((one) => {
  const program = lowerGraph(one.layer.graph, apartNeeds);
  const [step] = program.steps;
  if (step === undefined || wasmProblems(program).length > 0) return [];
  const output = step.outputs.reduce((sum, { type }) => sum + byteSize(type), 0);
  return [{ one, distance: statedOf(step, one.input), output }];
});

describe('WASM layers whose output overwrites their input', () => {
  it('are right at the stated distance and everywhere behind it', () => {
    const checked = layers.filter(({ distance }) => distance !== null);
    expect(checked.length).toBeGreaterThan(80);
    const wrong = checked.flatMap(({ one, distance, output }) => {
      const first = Math.ceil((distance ?? 0) / ALIGNMENT) * ALIGNMENT;
      const places = [0, 1, 2, 3, 5, 9]
        .map((k) => first + k * ALIGNMENT)
        .filter((place) => place <= first || place < output);
      return places.filter((place) => !isRightAt(one, place)).map((place) => `${one.layer.name} at ${place}`);
    });
    expect(wrong).toEqual([]);
  });

  it('are wrong at half of it in most cases', () => {
    const far = layers.filter(({ distance, output }) => (distance ?? 0) >= 2 * ALIGNMENT && (distance ?? 0) < output);
    const wrong = far.filter(
      ({ one, distance }) => !isRightAt(one, Math.floor((distance ?? 0) / 2 / ALIGNMENT) * ALIGNMENT),
    );
    expect(wrong.length).toBeGreaterThan(0.6 * far.length);
  });

  it('are right with random convolutions', () => {
    const random = new Random(77);
    const one = (seed: number): LayerCase | null => {
      const depthwise = random.whole(0, 1) === 0;
      const groups = random.pick(1, 1, 2);
      const padded = random.whole(0, 1);
      const side = () => padded * random.whole(0, 3);
      const shape: Partial<ConvolutionCase> = {
        ...{ depthwise, arithmetic: random.pick('int8', 'float32', 'symmetric'), batch: random.pick(1, 1, 2) },
        ...{ height: random.whole(1, 9), width: random.whole(1, 9), channels: groups * random.whole(1, 12) },
        ...{ groups: depthwise ? 1 : groups, outputs: depthwise ? random.pick(1, 1, 2) : groups * random.whole(1, 12) },
        ...{ kernel: [random.whole(1, 3), random.whole(1, 3)], strides: [random.whole(1, 3), random.whole(1, 2)] },
        ...{ dilations: [random.pick(1, 1, 2), 1], padding: [side(), side(), side(), side()] },
      };
      const fits = (axis: 0 | 1, size = 0) => {
        const { kernel = [1, 1], dilations = [1, 1], padding = [0, 0, 0, 0] } = shape;
        return (kernel[axis] - 1) * dilations[axis] < size + padding[axis] + padding[axis === 0 ? 2 : 3];
      };
      return fits(0, shape.height) && fits(1, shape.width) ? { layer: convolution(shape, seed), input: 0 } : null;
    };
    const cases = Array.from({ length: 120 }, (_, i) => one(i)).flatMap((found) => found ?? []);
    const checked = cases.flatMap((found) => {
      const [step] = lowerGraph(found.layer.graph, apartNeeds).steps;
      const distance = step === undefined ? null : statedOf(step, 0);
      return distance === null ? [] : [{ found, place: Math.ceil(distance / ALIGNMENT) * ALIGNMENT }];
    });
    expect(checked.length).toBeGreaterThan(60);
    const wrong = checked.filter(
      ({ found, place }) => !isRightAt(found, place) || !isRightAt(found, place + 2 * ALIGNMENT),
    );
    expect(wrong.map(({ found, place }) => `${found.layer.name} at ${place}`)).toEqual([]);
  });
});
