import { describe, expect, it } from 'vitest';
import { publishedCycles } from '../../bench/cycles/aims.ts';
import type { CyclesOfModel } from '../../bench/cycles/measure.ts';
import { cyclesReport } from '../../bench/cycles/report.ts';
import { boundOf, componentsOf } from '../../converter/estimate/cores/components.ts';
import { nothingLost } from '../../converter/estimate/cores/core.ts';
import { cortexM4 } from '../../converter/estimate/cores/cortex-m4.ts';
import { blockCosts, totalCost } from '../../converter/estimate/cores/cycles.ts';
import { assembly } from '../estimate/cores/assembly.ts';
import { hasShared, readShared } from '../support/shared.ts';

describe('the components of cycles', () => {
  const instructions = assembly('ldrd r0, r1, [r2]; sxtb16 r0, r0; smlad r3, r0, r1, r3; strb r3, [r4]; bne 0 <x>');
  const costs = blockCosts(cortexM4, [{ instructions, executions: 10, left: 9, split: 2 }]);
  const parts = componentsOf(cortexM4, costs);

  it('add up to all cycles on a core that executes one instruction after the other', () => {
    expect(parts).toEqual({ products: 10, lanes: 10, memory: 30 + 2 + 10, arithmetic: 0, branches: 28, waits: 0 });
    expect(Object.values(parts).reduce((sum, count) => sum + count, 0)).toBe(totalCost(costs).cycles);
  });

  it('name what bounds a layer', () => {
    expect(boundOf(parts)).toBe('memory 47 %, branches 31 %');
  });
});

describe('the report', () => {
  const figure = {
    instructions: 100,
    cycles: 150,
    lost: { ...nothingLost, load: 15, branch: 30 },
    classes: {},
    bound: 'memory 60 %',
  };
  const kws: CyclesOfModel = {
    ...{ id: 'kws', path: 'kws.tflite', macs: 50, skipped: ['rv32imc: no compiler'] },
    runs: [{ cpu: 'cortex-m4', ...figure, layers: [{ ...figure, name: 'CONV_2D #0', macs: 50 }] }],
  };

  it('sets cycles beside aims and published figures, and says what is missing and assumed', () => {
    const text = cyclesReport([kws]);
    expect(text).toMatch(/kws +50 +100 +150 +1\.50 +3\.00 +10\.0% +0\.0% +20\.0% +4,300,000 +0\.00x +yes +5,182,500/);
    expect(text).toMatch(/CONV_2D #0 +50 +100 +150 +1\.50 +3\.00 +10\.0% +0\.0% +20\.0% +memory 60 %/);
    expect(text).toContain('kws: not modelled, rv32imc: no compiler');
    expect(text).toContain('assumed: a taken branch costs 3');
    expect(text).not.toContain('Cortex-M33');
  });
});

describe.skipIf(!hasShared)('published cycles', () => {
  const read = (path: string) => new TextDecoder().decode(hasShared ? readShared(path) : new Uint8Array());

  it('are the least of MLPerf Tiny on each core', () => {
    const [head = '', ...lines] = read('anchors/mlperf_tiny.csv').split('\n');
    // Engines and compilers may be quoted with commas in them.
    const cells = (line: string) =>
      [...line.matchAll(/(?:^|,)(?:"([^"]*)"|([^,]*))/g)].map((cell) => cell[1] ?? cell[2] ?? '');
    const column = (name: string) => cells(head).indexOf(name);
    const rows = lines
      .map(cells)
      .filter((row) => row[column('cpu_only')] === 'yes' && row[column('datatype')] === 'int8');
    const cores = {
      'Cortex-M0+': 'cortex-m0plus',
      'Cortex-M4': 'cortex-m4',
      'Cortex-M33': 'cortex-m33',
      'Cortex-M7': 'cortex-m7',
    } as const;
    for (const [core, cpu] of Object.entries(cores)) {
      for (const id of ['kws', 'vww', 'ic', 'ad']) {
        const found = rows.filter((row) => row[column('core')] === core && row[column('model')] === id);
        const least = Math.min(...found.map((row) => Number(row[column('mcycles')] || Infinity)));
        expect(publishedCycles[cpu]?.[id], `${id} on ${core}`).toBe(Math.round(least * 1e6));
      }
    }
  });

  it('of CMSIS-NN are 1.1 to 1.6 times what the model says of its instructions, each load by itself', () => {
    const mixes = read('anchors/mcu.md').split('### m4_cmsis_O3')[1] ?? '';
    // microTVM with CMSIS-NN on a NUCLEO-L4R5ZI, MLPerf Tiny 1.1; versions differ, and its flash has wait states.
    const published = { kws: 11.9772e6, vww: 36.1011e6, ic: 46.7472e6, ad: 1.0326e6 };
    for (const [id, cycles] of Object.entries(published)) {
      const row = new RegExp(`^\\| ${id} \\|(.*)\\|$`, 'm').exec(mixes)?.[1] ?? '';
      const counts = row.split('|').map((cell) => Number(cell.trim().replaceAll(',', '')));
      const [load = 0, loadMultiple = 0, , storeMultiple = 0] = counts;
      const branch = counts[11] ?? 0;
      const instructions = counts.reduce((sum, count) => sum + count, 0);
      // LDM and STM move three words or so; most branches end loops.
      const modelled = instructions + load + 3 * (loadMultiple + storeMultiple) + 2 * branch;
      expect(cycles / modelled, id).toBeGreaterThan(1.05);
      expect(cycles / modelled, id).toBeLessThan(1.6);
    }
  });
});
