import { linkedSizes } from './measure.ts';
import { trainingSet } from './training.ts';
const cpus = ['cortex-m4', 'cortex-m0plus', 'cortex-m3', 'cortex-m55', 'rv32imc'] as const;
let n = 0;
for (const one of trainingSet()) {
  const t = Date.now();
  try {
    const made = one.package();
    const t2 = Date.now();
    for (const cpu of cpus) {
      try { await linkedSizes(made, cpu); n++; } catch (e) { console.log(one.name, cpu, String(e).slice(0, 200)); }
    }
    if (Date.now() - t > 8000) console.log('slow', one.name, t2 - t, Date.now() - t2);
  } catch (e) { console.log(one.name, String(e).slice(0, 150)); }
}
console.log('done', n);
