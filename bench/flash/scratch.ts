import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { importModel, optimizeGraph } from '../../converter/pipeline.ts';
import { balancedPlan } from '../../converter/plan/options.ts';
import { packageUse } from '../../converter/backends/c/footprint.ts';
import { packaged } from '../counts/measure.ts';
import { checkedModels } from '../counts/models.ts';
import { locate } from '../places.ts';
import { linkedSizes } from './measure.ts';
import { qemuCpus } from '../../targets/qemu/machines.ts';
for (const id of (process.argv[2] ?? 'digits,kws,ad,ic,vww,sww').split(',')) {
  const model = checkedModels.find((m) => m.id === id);
  if (model === undefined) continue;
  const file = locate(model.path);
  if (file === undefined) continue;
  const { graph } = optimizeGraph(importModel(new Uint8Array(readFileSync(file)), basename(file)));
  const counted = packaged(id, graph, balancedPlan);
  const use = packageUse(counted.model.program, counted.model.plan);
  for (const cpu of (process.argv[3]?.split(',') ?? qemuCpus) as typeof qemuCpus) {
    if (cpu === 'cortex-m0') continue;
    try {
    const s = await linkedSizes(counted, cpu);
    console.log(id, cpu, 'text', s.use.textBytes, 'const', s.use.constantBytes, 'weights', s.use.weightBytes, 'predicted const', use.memory.constantBytes, 'code', use.codeBytesOn(cpu), 'sumfun', s.functions.reduce((a, [, b]) => a + b, 0), 'sumobj', s.objects.reduce((a, [, b]) => a + b, 0));
    if (process.argv[4]) console.log(s.functions.map(([n, b]) => `${n}:${b}`).join(' '), '\n', s.objects.map(([n, b]) => `${n}:${b}`).join(' '));
    } catch (e) { console.log(id, cpu, String(e).slice(0, 300)); }
  }
}
