import { decode, prepare } from '../../cli/engine/c.ts';
import type { Engine } from '../../cli/engine/engine.ts';
import { byteSize } from '../../converter/tensor/tensor.ts';
import { type HostOptions, runOnHost } from '../../targets/host/run.ts';
import type { QemuCpu } from '../../targets/qemu/machines.ts';
import { runInQemu } from '../../targets/qemu/run.ts';

/**
 * Runs the C package on an emulated processor for its outputs alone. The engine of the command line also counts: it builds a plugin, and the package a second time
 * for its layers.
 */
export function onBoard(cpu: QemuCpu): Engine['run'] {
  return async (graph, samples, onDone) => {
    const { model, inputs, outputs } = prepare(graph, null, samples);
    const { runs } = await runInQemu(model, inputs, outputs.map(byteSize), { cpu, counter: 'icount' });
    onDone(samples.length);
    return { inferences: runs.map((run) => ({ outputs: decode(run, outputs) })), device: null };
  };
}

/** Runs the C package on this computer, compiled as told: what runs for a moment wants less optimization than the -O2 of the command line. */
export function onHost(optimize: HostOptions['optimize']): Engine['run'] {
  return async (graph, samples, onDone) => {
    const { model, inputs, outputs } = prepare(graph, null, samples);
    const { runs } = await runOnHost(model, inputs, outputs.map(byteSize), { optimize, timeoutMs: 120_000 });
    onDone(samples.length);
    return { inferences: runs.map((run) => ({ outputs: decode(run, outputs) })), device: null };
  };
}
