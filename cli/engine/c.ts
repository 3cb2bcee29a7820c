import { exposeTensors } from '../../converter/ir/expose.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { type KernelPlace, packageOptions } from '../../converter/package-options.ts';
import { widenFloats } from '../../converter/passes/narrow-weights.ts';
import { type CConversion, convertToC } from '../../converter/pipeline.ts';
import type { PlanOptions } from '../../converter/plan/options.ts';
import type { Program } from '../../converter/plan/program.ts';
import { InternalError, invariant, ProblemError } from '../../converter/problem.ts';
import { summarize } from '../../converter/summary.ts';
import { fromBytes, toBytes } from '../../converter/tensor/dtype.ts';
import { byteSize, type Tensor, type TensorType } from '../../converter/tensor/tensor.ts';
import { isForArm } from '../../targets/elf.ts';
import type { CPackage, Sample } from '../../targets/harness/package.ts';
import { runOnHost } from '../../targets/host/run.ts';
import { QEMU_MACHINES, type QemuCpu } from '../../targets/qemu/machines.ts';
import type { LayerCount } from '../../targets/qemu/measure.ts';
import { qemuTools } from '../../targets/qemu/program.ts';
import { type QemuResult, runInQemu } from '../../targets/qemu/run.ts';
import { stackBounds } from '../../targets/stack/bound.ts';
import { findExecutable, findTool } from '../../targets/tools.ts';
import { doesNotFitCode } from '../exit-code.ts';
import {
  type BoardName,
  boardCpus,
  type DeviceUse,
  type Engine,
  type EngineResult,
  type LayerInstructions,
  type LazySample,
  type TracedTensor,
} from './engine.ts';

/** The C package with the usual memory plan. */
export const hostEngine: Engine = hostEngineFor(null);

/** The C package, compiled and run on this computer: all samples in one process. `plan` is null for the usual memory plan. */
export function hostEngineFor(plan: PlanOptions | null): Engine {
  return {
    target: 'c',
    missing: () => lacking(['gcc']),
    run: (graph, samples, onDone) => runHost(graph, plan, samples, onDone),
    traceKind: 'kept apart',
    trace: (graph, sample) => {
      return traceOutputs((exposed, samples, onDone) => runHost(exposed, null, samples, onDone), graph, sample);
    },
  };
}

async function runHost(
  graph: Graph,
  plan: PlanOptions | null,
  samples: readonly LazySample[],
  onDone: OnDone,
): Promise<EngineResult> {
  const { model, inputs, outputs } = prepare(graph, plan, samples);
  const timeoutMs = hostTimeoutMs(summarize(graph).macs, samples.length);
  const { runs } = await ours(() => runOnHost(model, inputs, outputs.map(byteSize), { compiler: 'gcc', timeoutMs }));
  onDone(samples.length);
  return { inferences: runs.map((run) => ({ outputs: decode(run, outputs) })), device: null };
}

/** The C package with the usual memory plan on an emulated Cortex-M4. */
export const qemuM4Engine: Engine = boardEngineFor('qemu:mps2-an386', null);

/** The C package on an emulated board. `plan` is null for the usual memory plan. */
export function boardEngineFor(target: BoardName, plan: PlanOptions | null, kernels?: KernelPlace): Engine {
  const cpu = boardCpus[target];
  return {
    target,
    missing: () => qemuMissing(cpu),
    run: runOnQemu(cpu, plan, kernels),
    traceKind: 'kept apart',
    trace: (graph, sample) => traceOutputs(runOnQemu(cpu), graph, sample),
  };
}

/** Why an emulated processor cannot be had on this computer; null where it can. */
export function qemuMissing(cpu: QemuCpu): string | null {
  return lacking(qemuTools(cpu));
}

/** {@link Engine.run} of the C package on an emulated processor. */
export function runOnQemu(cpu: QemuCpu, plan: PlanOptions | null = null, kernels?: KernelPlace): Engine['run'] {
  return async (graph, samples, onDone) => runQemu(cpu, prepare(graph, plan, samples, kernels), samples.length, onDone);
}

async function runQemu(
  cpu: QemuCpu,
  { conversion, model, inputs, outputs }: Prepared,
  sampleCount: number,
  onDone: OnDone,
): Promise<EngineResult> {
  // Counting by layer takes a second run of all samples, and the plugin, which the host's gcc builds.
  const perLayer = sampleCount === 1 && findExecutable('gcc') !== undefined;
  const result = await ours(() => runInQemu(model, inputs, outputs.map(byteSize), { cpu, perLayer }));
  onDone(sampleCount);
  const inferences = result.runs.map((run) => ({ outputs: decode(run, outputs) }));
  const run = conversion.program.fed === null ? 'run' : 'run_rows';
  const codeStackBytes = await stackOf(result.elf, `${conversion.prefix}_${run}`);
  return { inferences, device: deviceUse(cpu, result, conversion, codeStackBytes) };
}

/** Worst case of the stack of a function by the machine code; null where that is not for Arm, or has none. */
export async function stackOf(elf: Uint8Array, name: string): Promise<number | null> {
  if (!isForArm(elf) || findExecutable('arm-none-eabi-objdump') === undefined) return null;
  const [bound] = await stackBounds(elf, [name]);
  return bound !== undefined && 'bytes' in bound ? bound.bytes : null;
}

function deviceUse(
  cpu: QemuCpu,
  { runs, use, counter }: QemuResult,
  { program, memory }: CConversion,
  codeStackBytes: number | null,
): DeviceUse {
  const stackBytes = runs.reduce((most, run) => Math.max(most, run.stackBytes), 0);
  const [first] = runs;
  return {
    machine: QEMU_MACHINES[cpu].machine,
    instructions: first?.instructions ?? 0,
    counter,
    cycles: null,
    layers: layersOf(first?.layers ?? [], program),
    stackBytes,
    codeStackBytes,
    predicted: memory,
    arenaBytes: use.arenaBytes,
    staticBytes: use.staticRamBytes,
    sramBytes: use.arenaBytes + use.staticRamBytes + stackBytes,
    codeFlashBytes: use.codeFlashBytes,
    weightFlashBytes: use.weightBytes,
  };
}

/** The counts of each layer in one, with its name: a stream runs a layer once per row. */
export function layersOf(counts: readonly LayerCount[], { steps }: Program): readonly LayerInstructions[] {
  const sums = new Map<number, number>();
  for (const { layer, instructions } of counts) sums.set(layer, (sums.get(layer) ?? 0) + instructions);
  return [...sums]
    .sort(([a], [b]) => a - b)
    .map(([layer, instructions]) => ({ layer, name: steps[layer]?.name ?? `layer ${layer}`, instructions }));
}

/** Hears how many samples are done. */
export type OnDone = (count: number) => void;

/** Runs the graph with every tensor as an output, so that no memory plan of the graph itself has a meaning. */
export async function traceOutputs(
  run: Engine['run'],
  graph: Graph,
  sample: LazySample,
): Promise<readonly TracedTensor[]> {
  const exposed = exposeTensors(graph);
  const { inferences } = await run(exposed, [sample], () => {});
  return (inferences[0]?.outputs ?? []).map((tensor, i) => ({ name: exposed.outputs[i]?.name ?? '', tensor }));
}

/** A package of a graph, with the bytes of the samples. */
export interface Prepared {
  readonly conversion: CConversion;
  readonly model: CPackage;
  readonly inputs: readonly Sample[];
  readonly outputs: readonly TensorType[];
}

/** Converts a graph for its samples. */
export function prepare(
  graph: Graph,
  plan: PlanOptions | null,
  samples: readonly LazySample[],
  kernels?: KernelPlace,
): Prepared {
  const choices = kernels === undefined ? { plan } : { plan, kernels };
  const conversion = convertToC(widenFloats(graph), packageOptions(graph.name, choices));
  const files = conversion.artifacts.map(({ path, bytes }) => ({ path, contents: bytes }));
  return {
    conversion,
    model: { prefix: conversion.prefix, files },
    inputs: samples.map((sample) => ({ inputs: sample().map((tensor) => toBytes(tensor.data)) })),
    outputs: conversion.program.outputs.map(({ operand }) => operand.type),
  };
}

/** A minute, and room for a slow computer that does 50 million multiply-accumulates a second. */
function hostTimeoutMs(macs: number, samples: number): number {
  return 60_000 + (1000 * macs * samples) / 50e6;
}

/** The tensors of one run. Throws InternalError where the package failed. */
export function decode(
  run: { readonly status: number; readonly outputs: readonly Uint8Array[] },
  types: readonly TensorType[],
): readonly Tensor[] {
  if (run.status !== 0) throw new InternalError(`the C package returned ${run.status}`);
  return types.map((type, i) => {
    const bytes = run.outputs[i];
    invariant(bytes !== undefined, `the C package gave no output ${i}`);
    return { type, data: fromBytes(type.dtype, bytes) };
  });
}

/** A package that does not compile or run is a fault of ours, unless the board's memory is too small for it. */
export async function ours<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ProblemError) || !/^(?:c-build|run)-failed$/.test(error.problems[0]?.code ?? ''))
      throw error;
    const overflow = /region `(\w+)' overflowed by (\d+) bytes/.exec(error.message);
    if (overflow === null) throw new InternalError(error.message);
    const what = `the memory ${overflow[1]} of the board is ${overflow[2]} bytes too small`;
    throw new ProblemError({ code: doesNotFitCode, where: 'the C package', what, advice: 'use a smaller model' });
  }
}

/** Which of the tools are not there, with the way to get them; null where all are. */
export function lacking(names: readonly string[]): string | null {
  const reasons = names.flatMap((name) => {
    const tool = findTool(name);
    return tool?.found === false ? [tool.reason] : [];
  });
  return reasons.length === 0 ? null : reasons.join('; ');
}
