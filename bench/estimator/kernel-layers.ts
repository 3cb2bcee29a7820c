import { writeFileSync } from 'node:fs';
import { qemuCpus } from '../../targets/qemu/machines.ts';
import { cycleModels, measureCycles } from '../cycles/measure.ts';
import { dataFolder } from './files.ts';

/** Times the layers of our packages and keeps what they executed. */
export async function measureLayers(): Promise<void> {
  const figures = await measureCycles(cycleModels, qemuCpus, (line) => process.stderr.write(`${line}\n`));
  const runs = figures.flatMap(({ id, runs }) => runs.map((run) => ({ id, ...run })));
  const classes = [...new Set(runs.flatMap((run) => run.layers.flatMap((layer) => Object.keys(layer.classes))))];
  const rows = runs.flatMap(({ id, cpu, layers }) =>
    layers.map(({ cycles, classes: counts }, i) =>
      [cpu, id, i, Math.round(cycles), ...classes.map((name) => counts[name] ?? 0)].join(','),
    ),
  );
  writeFileSync(
    `${dataFolder}/kernel-layers.csv`,
    `${[['core', 'model', 'layer', 'cycles', ...classes].join(','), ...rows].join('\n')}\n`,
  );
}
