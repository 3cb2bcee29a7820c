import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { qemuMissing } from '../../cli/engine/c.ts';
import { memoryUse } from '../../converter/backends/c/memory-use.ts';
import { codeSizes } from '../../converter/backends/c/sizes/predict.ts';
import { importModel, optimizeGraph } from '../../converter/pipeline.ts';
import { balancedPlan } from '../../converter/plan/options.ts';
import type { QemuCpu } from '../../targets/qemu/machines.ts';
import { type CountedPackage, packaged } from '../counts/measure.ts';
import { checkedModels } from '../counts/models.ts';
import { absent, locate } from '../places.ts';
import { linkedSizes } from './measure.ts';

/** The models whose flash is checked; none of them was in the fit. */
export const flashModels: typeof checkedModels = checkedModels.filter(({ id }) =>
  ['digits', 'kws', 'ad', 'ic', 'vww', 'sww'].includes(id),
);

/** Flash of a package, as predicted and as linked, in bytes. */
export type FlashFigure =
  | {
      readonly id: string;
      readonly cpu: QemuCpu;
      readonly code: { readonly predicted: number; readonly linked: number };
      readonly constants: { readonly predicted: number; readonly linked: number };
    }
  | { readonly id: string; readonly cpu: QemuCpu | null; readonly skipped: string };

/** How far flash may be from what was linked, of 1. */
export const flashLimit = 0.05;

/** Compares predicted flash with that of linked programs. */
export async function checkFlash(
  models: typeof checkedModels,
  cpus: readonly QemuCpu[],
  note: (line: string) => void,
): Promise<readonly FlashFigure[]> {
  const figures: FlashFigure[] = [];
  for (const { id, path } of models) {
    const file = locate(path);
    if (file === undefined) {
      figures.push({ id, cpu: null, skipped: absent(path) });
      continue;
    }
    const { graph } = optimizeGraph(importModel(new Uint8Array(readFileSync(file)), basename(file)));
    const made = packaged(id, graph, balancedPlan);
    for (const cpu of cpus) {
      note(`flash: ${id} on ${cpu}`);
      const missing = qemuMissing(cpu);
      if (missing !== null) {
        figures.push({ id, cpu, skipped: missing });
        continue;
      }
      try {
        figures.push(await figureOf(made, id, cpu));
      } catch (error) {
        const skipped = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').slice(0, 300);
        figures.push({ id, cpu, skipped });
      }
    }
  }
  return figures;
}

async function figureOf(made: CountedPackage, id: string, cpu: QemuCpu): Promise<FlashFigure> {
  const { use } = await linkedSizes(made, cpu);
  const [code, constants] = [codeSizes(made.model, cpu).bytes, memoryUse(made.model, cpu).constantBytes];
  return {
    ...{ id, cpu, code: { predicted: code, linked: use.codeFlashBytes } },
    constants: { predicted: constants, linked: use.weightBytes },
  };
}
