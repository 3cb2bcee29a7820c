import type { ClassCounts } from '../backends/c/counts/coefficients.ts';
import { predictedRun } from '../backends/c/counts/predict.ts';
import type { CountedCpu } from '../backends/c/counts/processors.ts';
import { macsOf } from '../backends/c/describe.ts';
import type { CLayer } from '../backends/c/kernel.ts';
import { cpuFeatures } from '../backends/c/narrow/cpu.ts';
import type { CPackageModel } from '../backends/c/package.ts';
import type { Step } from '../plan/program.ts';
import { byteSize } from '../tensor/tensor.ts';

/** What one layer of a C package does in a run, whatever the clock and the memories. */
export interface LayerWork {
  readonly index: number;
  /** The user's own operator and place. */
  readonly name: string;
  readonly operator: string;
  readonly macs: number;
  /** Constants, once. */
  readonly weightBytes: number;
  /** Constants, each time that they are read. */
  readonly streamedBytes: number;
  /** Inputs and outputs in the arena. */
  readonly activationBytes: number;
  readonly instructions: number;
  /** Instructions by class. */
  readonly classes: ClassCounts;
}

/** What a run of a C package does on one processor. */
export interface PackageWork {
  readonly cpu: CountedCpu;
  /** Layers that execute something, in the order of the program. */
  readonly layers: readonly LayerWork[];
  /** Calls, and rows of streams that are no layer's. */
  readonly between: { readonly instructions: number; readonly classes: ClassCounts };
  readonly instructions: number;
}

/** Predicts what a run of a package does. */
export function packageWork(model: CPackageModel, cpu: CountedCpu): PackageWork {
  const run = predictedRun(model, cpu);
  const passes = weightPasses(model, cpu);
  const layers = model.program.steps.flatMap((step): LayerWork[] => {
    const predicted = run.layers[step.index];
    if (predicted === undefined) return [];
    const constants = step.inputs.filter((operand) => operand.kind === 'constant');
    const arena = [...step.inputs.filter((operand) => operand.kind === 'arena'), ...step.outputs];
    const weightBytes = constants.reduce((sum, { type }) => sum + byteSize(type), 0);
    return [
      {
        ...{ index: step.index, name: step.name, operator: step.op.type, macs: macsOf(step), weightBytes },
        streamedBytes: weightBytes * (passes.get(step.index) ?? 1),
        activationBytes: arena.reduce((sum, { type }) => sum + byteSize(type), 0),
        instructions: predicted.instructions,
        classes: predicted.classes,
      },
    ];
  });
  return { cpu, layers, between: run.between, instructions: run.instructions };
}

/** How often a run reads the weights of each layer, by the index of its step. */
function weightPasses(model: CPackageModel, cpu: CountedCpu): ReadonlyMap<number, number> {
  const passes = new Map<number, number>();
  const add = (index: number, code: CLayer, times: number, isRow: boolean) => {
    const step = model.program.steps[index];
    if (step === undefined) return;
    passes.set(index, (passes.get(index) ?? 0) + times * passesOf(step, code, cpu, isRow));
  };
  for (const work of model.work) {
    if (work.kind === 'call') add(work.layer, work.code, 1, false);
    else {
      work.actions.forEach(({ layer, code }, i) => {
        if (layer === null || code === null) return;
        add(layer, code, work.stream.order.filter((action) => action === i).length, true);
      });
    }
  }
  return passes;
}

/** Pixels that kernels of Helium compute at once. */
const HELIUM_PIXELS = 2;

/** How often one call of a layer reads its weights: a tile of pixels reads them once. */
function passesOf({ op, outputs: [output] }: Step, code: CLayer, cpu: CountedCpu, isRow: boolean): number {
  const shape = output?.type.shape ?? [];
  const [height, width] = [isRow ? 1 : (shape.at(-3) ?? 1), shape.at(-2) ?? 1];
  const { DSP, HELIUM } = cpuFeatures[cpu];
  switch (op.type) {
    case 'conv-2d': {
      const pixels = height * width;
      if (HELIUM === 1) return Math.ceil(pixels / HELIUM_PIXELS);
      return DSP === 1 && code.tileUse !== undefined ? Math.ceil(pixels / code.tileUse.width) : pixels;
    }
    case 'depthwise-conv-2d':
      // The three rows of a window stay in registers for a row of the output where there are instructions for pairs.
      return DSP === 1 || HELIUM === 1 ? height : height * width;
    case 'fully-connected':
      return shape.slice(0, -1).reduce((product, size) => product * size, 1);
    default:
      return 1;
  }
}
