import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { qemuMissing } from '../../cli/engine/c.ts';
import { coefficientsOf } from '../../converter/backends/c/counts/coefficients.ts';
import { packageTrips } from '../../converter/backends/c/counts/package.ts';
import { predictedCounts } from '../../converter/backends/c/counts/predict.ts';
import { importModel, optimizeGraph } from '../../converter/pipeline.ts';
import { balancedPlan } from '../../converter/plan/options.ts';
import type { QemuCpu } from '../../targets/qemu/machines.ts';
import { absent, locate } from '../places.ts';
import { measuredCounts, packaged } from './measure.ts';
import type { CheckedModel } from './models.ts';

/** A layer as predicted and as counted. */
export interface CheckedLayer {
  readonly name: string;
  readonly operator: string;
  readonly predicted: number;
  readonly measured: number;
}

/** A model on a processor: one inference, predicted and counted. */
export interface CheckedRun {
  readonly id: string;
  readonly cpu: QemuCpu;
  readonly predicted: number;
  readonly measured: number;
  readonly layers: readonly CheckedLayer[];
  /** Instructions by class, over all layers. */
  readonly classes: Readonly<Record<string, { readonly predicted: number; readonly measured: number }>>;
}

export type CheckFigure = CheckedRun | { readonly id: string; readonly cpu: QemuCpu | null; readonly skipped: string };

/** Compares predictions with counts of the emulators, one model after the other; what cannot run carries its reason. */
export async function checkCounts(
  models: readonly CheckedModel[],
  cpus: readonly QemuCpu[],
  note: (line: string) => void,
): Promise<readonly CheckFigure[]> {
  const figures: CheckFigure[] = [];
  for (const { id, path } of models) {
    const file = locate(path);
    if (file === undefined) {
      figures.push({ id, cpu: null, skipped: absent(path) });
      continue;
    }
    const { graph } = optimizeGraph(importModel(new Uint8Array(readFileSync(file)), basename(file)));
    const counted = packaged(id, graph, balancedPlan);
    for (const cpu of cpus) {
      note(`counts: ${id} on ${cpu}`);
      const missing = qemuMissing(cpu);
      try {
        figures.push(missing === null ? await checkedRun(counted, cpu) : { id, cpu, skipped: missing });
      } catch (error) {
        figures.push({ id, cpu, skipped: (error instanceof Error ? error.message : String(error)).slice(0, 300) });
      }
    }
  }
  return figures;
}

/** Predicts a package and has it counted. */
export async function checkedRun(counted: ReturnType<typeof packaged>, cpu: QemuCpu): Promise<CheckedRun> {
  const measured = await measuredCounts(counted, cpu);
  const coefficients = coefficientsOf(cpu);
  const trips = packageTrips(counted.model, cpu);
  const classes: Record<string, { predicted: number; measured: number }> = {};
  const add = (name: string, side: 'predicted' | 'measured', count: number) => {
    classes[name] ??= { predicted: 0, measured: 0 };
    classes[name][side] += count;
  };
  const layers = counted.model.program.steps.flatMap(({ index, name, op }): CheckedLayer[] => {
    const [own, mix] = [trips.layers[index], measured.layers[index]];
    if (own === undefined || mix === undefined || mix.total === 0) return [];
    const prediction = predictedCounts(own, coefficients);
    for (const [key, count] of prediction.classes) add(key, 'predicted', count);
    for (const [key, count] of Object.entries(mix.classes)) add(key, 'measured', count);
    return [{ name, operator: op.type, predicted: Math.round(prediction.instructions), measured: mix.total }];
  });
  const between = predictedCounts(trips.between, coefficients).instructions;
  const predicted = layers.reduce((sum, layer) => sum + layer.predicted, Math.round(between));
  return { id: counted.name, cpu, predicted, measured: measured.total, layers, classes };
}
