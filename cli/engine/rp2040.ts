import type { Graph } from '../../converter/ir/graph.ts';
import type { PlanOptions } from '../../converter/plan/options.ts';
import { byteSize } from '../../converter/tensor/tensor.ts';
import { rp2040Tools, runOnRp2040 } from '../../targets/rp2040/run.ts';
import { decode, lacking, layersOf, type OnDone, ours, prepare, stackOf, traceOutputs } from './c.ts';
import type { Engine, EngineResult, LazySample } from './engine.ts';

/** The C package on an emulated Raspberry Pi RP2040. `plan` is null for the usual memory plan. */
export function rp2040EngineFor(plan: PlanOptions | null): Engine {
  const run = (options: PlanOptions | null) => (graph: Graph, samples: readonly LazySample[], onDone: OnDone) =>
    runRp2040(graph, options, samples, onDone);
  return {
    target: 'rp2040js',
    missing: () => lacking(rp2040Tools),
    run: run(plan),
    traceKind: 'kept apart',
    trace: (graph, sample) => traceOutputs(run(null), graph, sample),
  };
}

async function runRp2040(
  graph: Graph,
  plan: PlanOptions | null,
  samples: readonly LazySample[],
  onDone: OnDone,
): Promise<EngineResult> {
  const { conversion, model, inputs, outputs } = prepare(graph, plan, samples);
  const { program, prefix, memory } = conversion;
  const result = await ours(() => runOnRp2040(model, inputs, outputs.map(byteSize), samples.length === 1));
  onDone(samples.length);
  const { use, runs } = result;
  const stackBytes = runs.reduce((most, run) => Math.max(most, run.stackBytes), 0);
  const [first] = runs;
  const device = {
    machine: 'rp2040',
    instructions: first?.instructions ?? 0,
    counter: 'plugin',
    cycles: first?.cycles ?? null,
    layers: layersOf(first?.layers ?? [], program),
    stackBytes,
    codeStackBytes: await stackOf(result.elf, `${prefix}_${program.fed === null ? 'run' : 'run_rows'}`),
    predicted: memory,
    arenaBytes: use.arenaBytes,
    staticBytes: use.staticRamBytes,
    sramBytes: use.arenaBytes + use.staticRamBytes + stackBytes,
    codeFlashBytes: use.codeFlashBytes,
    weightFlashBytes: use.weightBytes,
  } as const;
  return { inferences: runs.map((run) => ({ outputs: decode(run, outputs) })), device };
}
