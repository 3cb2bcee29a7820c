import type { ModelledCpu } from '../../converter/estimate/cores/cores.ts';

/** Cycles per inference by model. */
type CyclesByModel = Readonly<Partial<Record<string, number>>>;

/** Modelled cycles per inference on a Cortex-M4 that the project wants to stay below. */
export const cycleAims: Readonly<Partial<Record<ModelledCpu, CyclesByModel>>> = {
  'cortex-m4': { kws: 4_300_000, vww: 7_500_000, ic: 16_500_000, ad: 450_000, sww: 1_600_000 },
};

/**
 * The best of other engines on boards, CPU only: MLPerf Tiny rounds 1.0 to 1.3, closed division, clock / throughput. All ran on flash
 * with wait states behind an accelerator or a cache. M0+: HALE 1.0.175 on a NUCLEO-G0B1RE. M4: X-CUBE-AI 9.0 and 10, ad Plumerai
 * 2023.05, on a NUCLEO-L4R5ZI. M33: X-CUBE-AI 9.0, ic Plumerai 2023.05, ad HALE 1.0.175, on a NUCLEO-U575ZI-Q. M7: X-CUBE-AI 9.0.0, ad
 * HALE 1.0.175, on a NUCLEO-H7A3ZI.
 */
export const publishedCycles: Readonly<Partial<Record<ModelledCpu, CyclesByModel>>> = {
  'cortex-m0plus': { kws: 30_374_900, vww: 90_523_300, ic: 97_412_500, ad: 2_617_200 },
  'cortex-m4': { kws: 5_182_500, vww: 10_671_400, ic: 19_815_100, ad: 486_200, sww: 2_150_000 },
  'cortex-m33': { kws: 4_649_000, vww: 9_484_300, ic: 16_685_800, ad: 494_500 },
  'cortex-m7': { kws: 3_169_000, vww: 6_665_200, ic: 11_436_500, ad: 303_300 },
};
