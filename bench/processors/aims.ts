import type { QemuCpu } from '../../targets/qemu/machines.ts';

const m4 = { kws: 3_400_000, vww: 5_500_000, ic: 14_500_000, ad: 400_000, sww: 1_200_000 };

/** M7 and M33 within 3 % of the M4, whose instructions they have. */
const nearM4 = Object.fromEntries(
  Object.entries(m4).map(([id, instructions]) => [id, Math.floor(instructions * 1.03)]),
);

/** Instructions per inference with `exact` rounding that the project wants to stay below, by model. */
export const aims: Readonly<Partial<Record<QemuCpu, Readonly<Partial<Record<string, number>>>>>> = {
  'cortex-m0plus': { kws: 20_000_000, vww: 30_000_000, ic: 80_000_000, ad: 2_100_000, sww: 6_500_000 },
  'cortex-m4': m4,
  'cortex-m7': nearM4,
  'cortex-m33': nearM4,
  'cortex-m55': { kws: 1_100_000, vww: 2_500_000, ic: 3_200_000, ad: 55_000, sww: 300_000 },
  rv32imc: { kws: 11_000_000, vww: 17_000_000, ic: 50_000_000, ad: 1_100_000, sww: 3_500_000 },
};
