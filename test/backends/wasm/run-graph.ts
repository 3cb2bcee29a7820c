import { type EmittedModule, emitWasmModule } from '../../../converter/backends/wasm/emit-module.ts';
import { wasmKernelNeeds } from '../../../converter/backends/wasm/needs.ts';
import { type Variant, variants } from '../../../converter/backends/wasm/variant.ts';
import { GraphBuilder } from '../../../converter/ir/builder.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { type Graph, valueById } from '../../../converter/ir/graph.ts';
import type { Op } from '../../../converter/ops/op.ts';
import { lowerGraph } from '../../../converter/plan/lower.ts';
import { liveSumBound, type OffsetSolver } from '../../../converter/plan/memory/problem.ts';
import { type MemoryPlan, planMemory } from '../../../converter/plan/plan.ts';
import type { ViewChoice } from '../../../converter/plan/views.ts';
import { allocate, fromBytes, toBytes } from '../../../converter/tensor/dtype.ts';
import type { Rounding } from '../../../converter/tensor/requantize.ts';
import { elementCount } from '../../../converter/tensor/shape.ts';
import type { Tensor, TensorType } from '../../../converter/tensor/tensor.ts';
import { obstacle } from '../../../runtime-wasm/variants.js';
import { disassemble } from './assembler/run.ts';

/** The variants that this engine runs exactly. */
export const runnable: readonly Variant[] = variants.filter((variant) => obstacle(variant) === null);

/** A seeded generator of numbers in [0, 1) (mulberry32, Tommy Ettinger). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Random elements: floats of about unit size, integers over their whole range (int32 over `int32Range`). */
export function randomTensor(type: TensorType, next: () => number, int32Range = 1000): Tensor {
  const data = allocate(type.dtype, elementCount(type.shape));
  for (let i = 0; i < data.length; i++) {
    if (data instanceof BigInt64Array) data[i] = BigInt(Math.floor(next() * 1e6));
    else if (data instanceof Float32Array) data[i] = (next() + next() + next() - 1.5) * 2;
    else if (data instanceof Int32Array) data[i] = Math.floor((next() * 2 - 1) * int32Range);
    else data[i] = type.dtype === 'bool' ? Math.floor(next() * 2) : Math.floor(next() * 65536);
  }
  return { type, data };
}

/** A graph of one node: the first input is the graph's, tensors are constants, types are further inputs. */
export function singleNode(
  op: Op,
  inputs: readonly (TensorType | Tensor)[],
  output: TensorType,
  rounding: Rounding = 'exact',
): Graph {
  const builder = new GraphBuilder();
  const ids = inputs.map((input, i) =>
    'data' in input ? builder.constant(`constant${i}`, input) : builder.input(`input${i}`, input),
  );
  builder.output('output', builder.node(`${op.type} under test`, op, ids, output, 'result'));
  return builder.build('single', 'test', rounding);
}

/** Bytes that no buffer owns, between any two buffers of a guarded plan. */
const guardBytes = 64;

/** Every buffer at a place of its own, with a guard behind it: whatever a kernel writes too far, hits a guard. */
export const guardedSolver: OffsetSolver = (buffers) => {
  const offsets = new Map<number, number>();
  let height = 0;
  for (const { id, size, alignment } of buffers) {
    offsets.set(id, Math.ceil(height / alignment) * alignment);
    height = Math.ceil(height / alignment) * alignment + size + guardBytes;
  }
  return { offsets, height, lowerBound: liveSumBound(buffers), optimal: false };
};

/** The module of a graph with the arena as it is shipped, or with guards around every buffer; without views, to see every kernel. */
export function emit(
  graph: Graph,
  memory: 'planned' | 'guarded' = 'planned',
  views: ViewChoice = 'none',
  variant: Variant = 'simd128',
): EmittedModule & { readonly plan: MemoryPlan } {
  const program = lowerGraph(graph, wasmKernelNeeds, views);
  const plan = planMemory(program, memory === 'guarded' ? guardedSolver : undefined);
  return { ...emitWasmModule(program, plan, variant), plan };
}

/** The exports of an emitted module, instantiated. */
export function instantiate(emitted: EmittedModule): {
  readonly memory: Uint8Array;
  readonly run: () => void;
  readonly step: (index: number) => void;
  /** Only of a model with state. */
  readonly reset: (() => void) | null;
} {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(emitted.bytes), {});
  const { memory, run, step, reset } = instance.exports;
  if (!(memory instanceof WebAssembly.Memory) || typeof run !== 'function' || typeof step !== 'function') {
    throw new Error('exports are missing');
  }
  return {
    memory: new Uint8Array(memory.buffer),
    run: () => run(),
    step: (index) => step(index),
    reset: typeof reset === 'function' ? () => reset() : null,
  };
}

const rubbish = 0xa5;

/**
 * Runs the module on `inputs` and gives the outputs. The arena and all behind it is filled with rubbish first. Throws
 * when a byte outside the buffers of the plan changes, or a byte of the constants.
 */
export function runModule(emitted: EmittedModule & { readonly plan: MemoryPlan }, inputs: readonly Tensor[]): Tensor[] {
  const { memory, run, reset } = instantiate(emitted);
  const { layout } = emitted;
  const constants = memory.slice(0, layout.arenaAddress);
  memory.fill(rubbish, layout.arenaAddress);
  layout.inputs.forEach((place, i) => {
    const data = inputs[i]?.data;
    if (data !== undefined) memory.set(toBytes(data), place.address);
  });
  reset?.();
  run();
  const changed = constants.findIndex((byte, i) => memory[i] !== byte);
  if (changed >= 0) throw new Error(`constant byte ${changed} was overwritten`);
  const owned = new Uint8Array(memory.length).fill(0);
  owned.fill(1, 0, layout.arenaAddress);
  for (const { offset, buffer } of emitted.plan.placements) {
    const start = layout.arenaAddress + offset;
    owned.fill(1, start, start + buffer.bytes);
  }
  const beyond = memory.findIndex((byte, address) => owned[address] === 0 && byte !== rubbish);
  if (beyond >= 0)
    throw new Error(`byte ${beyond - layout.arenaAddress} of the arena, which is nobody's, was overwritten`);
  return layout.outputs.map(({ type, address, bytes }) => ({
    type,
    data: fromBytes(type.dtype, memory.slice(address, address + bytes)),
  }));
}

/** What the reference evaluator and the module make of the same random inputs, with guards around every buffer. */
export function bothResults(
  graph: Graph,
  seed: number,
  variant: Variant = 'simd128',
): { readonly expected: readonly Tensor[]; readonly actual: readonly Tensor[] } {
  const next = random(seed);
  const inputs = graph.inputs.map((port) => randomTensor(valueById(graph, port.value).type, next));
  const emitted = emit(graph, 'guarded', 'none', variant);
  disassemble(emitted.bytes);
  return { expected: evaluateGraph(graph, inputs), actual: runModule(emitted, inputs) };
}
