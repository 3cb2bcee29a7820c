import { emitWasmModule, type TensorPlace } from '../../converter/backends/wasm/emit-module.ts';
import { wasmNeedsFor } from '../../converter/backends/wasm/threads/needs-for.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { planProgram } from '../../converter/pipeline.ts';
import { latencyPlan, type PlanOptions } from '../../converter/plan/options.ts';
import type { PlannedProgram } from '../../converter/plan/plan-program.ts';
import { InternalError, invariant } from '../../converter/problem.ts';
import { fromBytes, toBytes } from '../../converter/tensor/dtype.ts';
import type { Tensor } from '../../converter/tensor/tensor.ts';
import type { Engine, EngineResult, Inference, LazySample, TracedTensor } from './engine.ts';

/** The WASM module as it is converted by itself. */
export const wasmEngine: Engine = wasmEngineFor(latencyPlan);

/** The WASM module with a memory plan of the wished kind, instantiated in this process. */
export function wasmEngineFor(options: PlanOptions): Engine {
  return {
    target: 'wasm',
    missing: () => null,
    run: (graph, samples, onDone) => runAll(graph, options, samples, onDone),
    traceKind: 'step by step',
    trace: (graph, sample) => traceOne(graph, options, sample),
  };
}

async function runAll(
  graph: Graph,
  options: PlanOptions,
  samples: readonly LazySample[],
  onDone: (done: number) => void,
): Promise<EngineResult> {
  const module = instantiate(graph, options);
  const inferences: Inference[] = [];
  for (const sample of samples) {
    module.write(sample());
    module.run();
    inferences.push({ outputs: module.outputs.map(module.read) });
    onDone(inferences.length);
  }
  return { inferences, device: null };
}

async function traceOne(graph: Graph, options: PlanOptions, sample: LazySample): Promise<TracedTensor[]> {
  const module = instantiate(graph, options);
  module.write(sample());
  return module.steps.flatMap((place, index): TracedTensor[] => {
    module.step(index);
    return place === null ? [] : [{ name: place.name, tensor: module.read(place) }];
  });
}

/** A model in linear memory. */
export interface LiveModule {
  readonly outputs: readonly TensorPlace[];
  /** The output of each step; null for what is never in memory as a whole. */
  readonly steps: readonly (TensorPlace | null)[];
  /** Fills the arena but for its state with a pattern, so that nothing is left from the run before, then writes the inputs. */
  readonly write: (inputs: readonly Tensor[]) => void;
  readonly run: () => void;
  readonly step: (index: number) => void;
  /** A copy of the tensor at a place. */
  readonly read: (place: TensorPlace) => Tensor;
}

/** The WASM module of a graph, ready to run in this process. */
export function instantiate(graph: Graph, options: PlanOptions): LiveModule {
  return instantiatePlanned(planProgram(graph, wasmNeedsFor(graph, options), options));
}

/** The WASM module of a program for the WASM kernels, with its memory plan. */
export function instantiatePlanned({ program, plan }: PlannedProgram): LiveModule {
  const { bytes, layout } = emitWasmModule(program, plan);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(bytes)), {});
  const { memory, run, step, reset } = exports;
  if (!(memory instanceof WebAssembly.Memory) || typeof run !== 'function' || typeof step !== 'function') {
    throw new InternalError('the WASM module does not export memory, run and step');
  }
  if (typeof reset === 'function') reset();
  const bytesAt = (place: TensorPlace) => new Uint8Array(memory.buffer, place.address, place.bytes);
  return {
    outputs: layout.outputs,
    steps: layout.steps,
    write: (inputs) => {
      new Uint8Array(memory.buffer, layout.arenaAddress, layout.arenaBytes).fill(0x5a, layout.stateBytes);
      layout.inputs.forEach((place, i) => {
        const tensor = inputs[i];
        invariant(tensor !== undefined, `input ${i} is missing`);
        bytesAt(place).set(toBytes(tensor.data));
      });
    },
    run: () => void run(),
    step: (index) => void step(index),
    read: (place) => ({ type: place.type, data: fromBytes(place.type.dtype, bytesAt(place)) }),
  };
}
