import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { coefficientsOf, countedAs } from '../../../../converter/backends/c/counts/coefficients.ts';
import { packageTrips } from '../../../../converter/backends/c/counts/package.ts';
import { predictedCounts, predictedRun, uncounted } from '../../../../converter/backends/c/counts/predict.ts';
import { type CountedCpu, countedCpus } from '../../../../converter/backends/c/counts/processors.ts';
import { cKernelNeeds } from '../../../../converter/backends/c/kernels.ts';
import { type CPackageModel, packageModel } from '../../../../converter/backends/c/package.ts';
import { importModel, optimizeGraph } from '../../../../converter/pipeline.ts';
import { balancedPlan } from '../../../../converter/plan/options.ts';
import { planProgram } from '../../../../converter/plan/plan-program.ts';
import { hasShared, sharedDir } from '../../../support/shared.ts';
import { measuredFile, measuredModels } from './measured.ts';

const files: Readonly<Record<string, string>> = {
  ...{ kws: 'mlperf_kws_int8', vww: 'mlperf_vww_int8', ic: 'mlperf_ic_resnet8_int8', ad: 'mlperf_ad_int8' },
  sww: 'mlperf_sww_int8',
};

const packages = new Map<string, CPackageModel>();

function packageOf(id: string): CPackageModel {
  const found = packages.get(id);
  if (found !== undefined) return found;
  const example = new URL('../../../../examples/digits/digits_int8.tflite', import.meta.url);
  const path = id === 'digits' ? example : `${sharedDir}models/tflite/${files[id]}.tflite`;
  const { graph } = optimizeGraph(importModel(new Uint8Array(readFileSync(path)), `${id}.tflite`));
  const { program, plan } = planProgram(graph, cKernelNeeds, balancedPlan);
  const model = packageModel(program, plan, 'm');
  packages.set(id, model);
  return model;
}

/** Layers that take less than a thousandth of a run, or few instructions, may be off by so many. */
const ALLOWED = 200;
const TINY_SHARE = 0.001;

const file = measuredFile();
const runs = countedCpus.flatMap((cpu) =>
  measuredModels.flatMap((id) => (file[cpu]?.[id] === undefined ? [] : [[id, cpu] as const])),
);

/** Layers that are off by more, and by how much they may be. */
const known: Readonly<Record<string, number>> = {
  // Two dozen statements that occur in no other layer; calls of the division of whole numbers, which takes its time by the data.
  'cortex-m0plus sww 6': 0.25,
  'cortex-m0 sww 6': 0.25,
  'cortex-m0plus kws 17': 0.15,
  'cortex-m0 kws 17': 0.15,
  // Tiles of Helium whose inputs are no multiple of 16: their rest is fitted as too little.
  'cortex-m55 vww 17': 0.12,
  'cortex-m55 vww 19': 0.25,
  'cortex-m55 vww 21': 0.3,
  'cortex-m55 vww 25': 0.2,
  'cortex-m55 vww 27': 0.15,
  // Where compilers call `memcpy` for a loop, or put it in place, is not seen.
  'rv32imc digits 0': 0.12,
  'rv32imc digits 8': 0.3,
};

function check(id: string, cpu: CountedCpu): void {
  const measured = file[cpu]?.[id];
  if (measured === undefined) throw new Error(`no counts of ${id} on ${cpu}`);
  const { instructions, layers } = predictedRun(packageOf(id), cpu);
  const off = measured.layers.flatMap((count, i) => {
    const predicted = Math.round(layers[i]?.instructions ?? 0);
    const share = known[`${cpu} ${id} ${i}`] ?? 0.08;
    const allowed = Math.max(share * count, count < TINY_SHARE * measured.total ? 0.2 * count + ALLOWED : ALLOWED / 4);
    return Math.abs(predicted - count) <= allowed ? [] : [{ layer: i, predicted, count }];
  });
  expect(off).toEqual([]);
  expect(Math.abs(instructions / measured.total - 1)).toBeLessThan(0.03);
  for (const [name, count] of Object.entries(measured.classes)) {
    const predicted = layers.reduce((sum, layer) => sum + (layer?.classes.get(name) ?? 0), 0);
    expect([name, Math.abs(predicted - count) < 0.03 * measured.total]).toEqual([name, true]);
  }
}

// After a change of a kernel: `node bench/counts/fit.mjs`, see docs/instruction-counts.md.
describe('predicted instructions', () => {
  it('were compared on every processor that has an emulator', () => {
    expect(Object.keys(file).sort()).toEqual([...countedCpus].sort());
  });

  describe.skipIf(!hasShared)('are those that the emulator counted', () => {
    it.each(runs)('for %s on %s', (id, cpu) => check(id, cpu));
  });

  it.skipIf(!hasShared).each(countedCpus)('leave no function out on %s', (cpu) => {
    const coefficients = coefficientsOf(countedAs(cpu) === null ? 'cortex-m4' : cpu);
    const left = measuredModels.flatMap((id) => {
      const { layers, between } = packageTrips(packageOf(id), cpu);
      return [...layers, between].flatMap((trips) => (trips === undefined ? [] : uncounted(trips, coefficients)));
    });
    expect([...new Set(left)]).toEqual([]);
  });

  it('add up by class', () => {
    const run = predictedRun(packageOf('digits'), 'cortex-m4');
    for (const layer of run.layers) {
      const sum = [...(layer?.classes.values() ?? [])].reduce((all, count) => all + count, 0);
      expect(sum).toBeCloseTo(layer?.instructions ?? 0, 3);
    }
    expect(
      predictedCounts(packageTrips(packageOf('digits'), 'cortex-m4').between, coefficientsOf('cortex-m4')),
    ).toEqual(run.between);
  });
});
