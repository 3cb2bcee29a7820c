import type { KernelGoal } from '../../../plan/options.ts';
import type { MemoryPlan } from '../../../plan/plan.ts';
import type { Program } from '../../../plan/program.ts';
import { elementCount } from '../../../tensor/shape.ts';
import {
  choiceFor,
  type KernelChoice,
  type KernelChoices,
  type KernelDecision,
  type KernelSelection,
  usualChoice,
} from '../choice.ts';
import type { CLayer } from '../kernel.ts';
import { layerOf } from '../kernels.ts';
import { type CpuName, cpuFeatures } from '../narrow/cpu.ts';
import { tableBytes } from '../table.ts';
import { type PlannedLayer, plannedLayers } from './layers.ts';
import { type SmallOption, smallLayers } from './size.ts';
import { tileInstructions, tileUse } from './tile-cost.ts';

/** What kernels are chosen by. */
export interface KernelWish {
  readonly goal: KernelGoal;
  /** The processor that the package is for; null for all, of which Armv7E-M is the one that has a choice. */
  readonly cpu: CpuName | null;
  /** Most bytes of tables and code; null for no limit. */
  readonly flashBytes: number | null;
  /** Code of the package without the choices. */
  readonly codeBytes: number;
  /** What was measured to be best, by step; it goes before the model of costs. */
  readonly tuned: KernelChoices;
}

/** One way to write a layer. */
interface Candidate {
  readonly choice: KernelChoice;
  readonly instructions: number | null;
  readonly tableBytes: number;
}

/** Chooses the kernel of every layer. The same program, plan and wish give the same choice. */
export function chooseKernels(program: Program, plan: MemoryPlan, wish: KernelWish): KernelSelection {
  const layers = plannedLayers(program, plan);
  const tables = new Map<number, { readonly usual: Candidate; readonly words: Candidate | null }>();
  const canWiden = wish.cpu === null || (cpuFeatures[wish.cpu].DSP === 1 && cpuFeatures[wish.cpu].HELIUM !== 1);
  for (const layer of layers) {
    const usual = candidate(layer, usualChoice, program);
    const other =
      canWiden && wish.goal === 'latency' ? candidate(layer, { form: 'words', pixels: null }, program) : null;
    const pays = other?.instructions != null && usual.instructions !== null && other.instructions < usual.instructions;
    tables.set(layer.index, { usual, words: pays ? other : null });
  }
  const total = [...tables.values()].reduce((sum, { usual }) => sum + usual.tableBytes, 0);
  let room = wish.flashBytes === null ? Number.POSITIVE_INFINITY : wish.flashBytes - wish.codeBytes - total;
  const byGain = [...tables]
    .flatMap(([index, { usual, words }]) => (words === null ? [] : [{ index, words, ...gainOf(usual, words) }]))
    .sort((a, b) => b.saved * a.extra - a.saved * b.extra || a.index - b.index);
  const widened = new Map<number, Candidate>();
  for (const { index, words, extra } of byGain) {
    if (extra > room) continue;
    room -= extra;
    widened.set(index, words);
  }
  const small = wish.goal === 'size' ? smallLayers(smallOptions(layers, program), wish.cpu) : new Set<number>();
  const decisions = layers.map((layer): KernelDecision => {
    const usual = tables.get(layer.index)?.usual ?? candidate(layer, usualChoice, program);
    const { chosen, by } = chosenFor(layer, usual);
    return {
      ...{ layer: layer.index, form: chosen.choice.form, pixels: chosen.choice.pixels, by },
      ...{ instructions: chosen.instructions, usualInstructions: usual.instructions },
      ...{ tableBytes: chosen.tableBytes, usualTableBytes: usual.tableBytes },
    };
  });
  const choices = new Map(
    decisions.flatMap(({ layer, form, pixels }) =>
      form === usualChoice.form && pixels === usualChoice.pixels ? [] : [[layer, { form, pixels }] as const],
    ),
  );
  return { choices, decisions };

  function chosenFor(layer: PlannedLayer, usual: Candidate): { chosen: Candidate; by: KernelDecision['by'] } {
    if (wish.tuned.has(layer.index)) {
      return { chosen: candidate(layer, choiceFor(wish.tuned, layer.index), program), by: 'tuned' };
    }
    const wide = widened.get(layer.index);
    if (wide !== undefined) return { chosen: wide, by: 'model' };
    if (small.has(layer.index)) {
      return { chosen: candidate(layer, { form: 'small', pixels: null }, program), by: 'goal' };
    }
    return { chosen: usual, by: tables.get(layer.index)?.words == null ? 'usual' : 'model' };
  }
}

/** The layers that have a form of small.h. */
function smallOptions(layers: readonly PlannedLayer[], { rounding }: Program): SmallOption[] {
  return layers.flatMap(({ index, step, spareBytes }): SmallOption[] => {
    const small = layerOf(step, { rounding, spareBytes, choice: { form: 'small', pixels: null } });
    if (small.form !== 'small') return [];
    const usual = layerOf(step, { rounding, spareBytes, choice: usualChoice });
    const [usualTableBytes, smallTableBytes] = [bytesOfTables(usual), bytesOfTables(small)];
    return [{ index, usual, small, usualTableBytes, smallTableBytes }];
  });
}

function gainOf(usual: Candidate, words: Candidate): { saved: number; extra: number } {
  return {
    saved: (usual.instructions ?? 0) - (words.instructions ?? 0),
    extra: words.tableBytes - usual.tableBytes,
  };
}

/** The layer written in one way; in the usual one where that way is not open to it. */
function candidate(layer: PlannedLayer, choice: KernelChoice, { rounding }: Program): Candidate {
  const { step, spareBytes, times } = layer;
  const emitted = layerOf(step, { rounding, spareBytes, choice });
  const use = tileUse(emitted);
  const [output] = step.outputs;
  const pixels = use === null || output === undefined ? 0 : elementCount(output.type.shape) / use.channels;
  const isOpen = choice.form === 'bytes' || emitted.form === choice.form;
  return {
    choice: isOpen ? choice : usualChoice,
    instructions: use === null ? null : times * tileInstructions(use, pixels),
    tableBytes: bytesOfTables(emitted),
  };
}

function bytesOfTables({ parameters }: CLayer): number {
  return parameters.reduce(
    (sum, { argument }) => sum + (argument.kind === 'table' ? tableBytes(argument.table) : 0),
    0,
  );
}
