import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { importModel, optimizeGraph } from '../../converter/pipeline.ts';
import { balancedPlan } from '../../converter/plan/options.ts';
import type { QemuCpu } from '../../targets/qemu/machines.ts';
import { type MeasuredFile, measuredModels } from '../../test/backends/c/counts/measured.ts';
import { locate, root } from '../places.ts';
import { entriesOf } from './groups.ts';
import { measuredCounts, packaged } from './measure.ts';
import { checkedModels } from './models.ts';

const path = join(root, 'test/backends/c/counts/measured.json');

/** Counts the models of the benchmarks on processors and writes what tests compare predictions with. Models that do not fit are left out. */
export async function writeMeasured(cpus: readonly QemuCpu[], note: (line: string) => void): Promise<void> {
  const file: Record<string, MeasuredFile[string]> = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
  for (const cpu of cpus) {
    const models: Record<string, MeasuredFile[string][string]> = {};
    for (const { id, path: model } of checkedModels.filter((one) => measuredModels.includes(one.id))) {
      const found = locate(model);
      if (found === undefined) continue;
      const { graph } = optimizeGraph(importModel(new Uint8Array(readFileSync(found)), basename(found)));
      try {
        const { total, layers } = await measuredCounts(packaged(id, graph, balancedPlan), cpu);
        const classes: Record<string, number> = {};
        for (const layer of layers) {
          for (const [name, count] of entriesOf(layer.classes)) classes[name] = (classes[name] ?? 0) + count;
        }
        models[id] = { total, layers: layers.map((layer) => layer.total), classes };
      } catch (error) {
        note(`${cpu}: ${id}: ${error instanceof Error ? error.message.slice(0, 200) : error}`);
      }
    }
    file[cpu] = models;
  }
  const lines = Object.entries(file).map(([cpu, models]) => {
    const rows = Object.entries(models).map(([id, run]) => `    ${JSON.stringify(id)}: ${JSON.stringify(run)}`);
    return `  ${JSON.stringify(cpu)}: {\n${rows.join(',\n')}\n  }`;
  });
  writeFileSync(path, `{\n${lines.join(',\n')}\n}\n`);
}
