import { createHash } from 'node:crypto';
import { type KernelChoice, type KernelChoices, usualChoice } from '../converter/backends/c/choice.ts';
import { plannedLayers } from '../converter/backends/c/choose/layers.ts';
import { layerOf } from '../converter/backends/c/kernels.ts';
import type { Graph } from '../converter/ir/graph.ts';
import type { PlannedProgram } from '../converter/pipeline.ts';
import type { KernelGoal } from '../converter/plan/options.ts';
import { printProgram } from '../converter/plan/print.ts';
import { invariant } from '../converter/problem.ts';
import { randomInputs } from '../converter/random-inputs.ts';
import { toBytes } from '../converter/tensor/dtype.ts';
import type { DeviceUse, Engine } from './engine/engine.ts';
import type { TunedLayer } from './tuning.ts';

/** Tells programs apart that a search measured: by layers, shapes, buffers and streams. */
export function programDigest({ program }: Pick<PlannedProgram, 'program'>): string {
  return createHash('sha256').update(printProgram(program)).digest('hex');
}

/** Tiles from the widest on. */
const tiles = [null, 3, 2, 1] as const;

/** The ways to write a layer, the usual one first: tiles of each width, and with weights of 16 bits where flash may be spent. */
const waysFor: { readonly [G in KernelGoal]: readonly KernelChoice[] } = {
  size: [],
  balanced: tiles.map((pixels) => ({ form: 'bytes', pixels })),
  latency: (['bytes', 'words'] as const).flatMap((form) => tiles.map((pixels): KernelChoice => ({ form, pixels }))),
};

/** The ways of each layer that has several, without those that come to the same text. */
export function alternatives(
  { program, plan }: PlannedProgram,
  goal: KernelGoal,
): ReadonlyMap<number, readonly KernelChoice[]> {
  const found = new Map<number, readonly KernelChoice[]>();
  for (const { index, step, spareBytes } of plannedLayers(program, plan)) {
    const texts = new Set<string>();
    const choices = waysFor[goal].filter((choice) => {
      const { body, parameters } = layerOf(step, { rounding: program.rounding, spareBytes, choice });
      const text = `${parameters.map(({ declaration }) => declaration).join()}${body}`;
      const isNew = !texts.has(text);
      texts.add(text);
      return isNew;
    });
    if (choices.length > 1) found.set(index, choices);
  }
  return found;
}

/** How a package with these choices runs. */
export type EngineWith = (choices: KernelChoices) => Engine;

/** What a search measured: every layer that has a choice, with the quickest, and how often the package was run. */
export interface SearchResult {
  readonly layers: readonly TunedLayer[];
  readonly runs: number;
}

/**
 * Runs the package with each way of its layers, all layers at once: as often as the layer with the most ways has them. The one of the fewest
 * instructions wins, the earlier of equal ones. Layers do not disturb each other: their instructions are counted apart.
 */
export async function search(
  graph: Graph,
  planned: PlannedProgram,
  goal: KernelGoal,
  engineWith: EngineWith,
  onRun: (done: number, total: number) => void,
): Promise<SearchResult> {
  const ways = alternatives(planned, goal);
  const runs = Math.max(0, ...[...ways.values()].map(({ length }) => length));
  const best = new Map<number, TunedLayer>();
  let expected: readonly Uint8Array[] | undefined;
  for (let round = 0; round < runs; round++) {
    onRun(round, runs);
    const choices = new Map([...ways].map(([index, own]) => [index, own[round] ?? usualChoice] as const));
    const { inferences, device } = await engineWith(choices).run(graph, [() => randomInputs(graph, 1)], () => {});
    const bytes = inferences.flatMap(({ outputs }) => outputs.map(({ data }) => toBytes(data)));
    const isEqual = bytes.every((output, i) => Buffer.compare(output, expected?.[i] ?? output) === 0);
    invariant(isEqual, `kernels of round ${round} compute something else`);
    expected ??= bytes;
    const counts = countsOf(device);
    for (const [layer, choice] of choices) {
      const instructions = counts.get(layer);
      const before = best.get(layer);
      if (instructions === undefined) continue;
      if (before === undefined) best.set(layer, { layer, ...choice, instructions, usualInstructions: instructions });
      else if (instructions < before.instructions) best.set(layer, { ...before, ...choice, instructions });
    }
  }
  onRun(runs, runs);
  return { layers: [...best.values()].sort((a, b) => a.layer - b.layer), runs };
}

function countsOf(device: DeviceUse | null): ReadonlyMap<number, number> {
  return new Map((device?.layers ?? []).map(({ layer, instructions }) => [layer, instructions] as const));
}
