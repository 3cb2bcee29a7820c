import type { Sourced } from '../sourced.ts';

/** Energy of a cycle of a whole part under inference. */
export interface PartEnergy {
  readonly perCycle: Sourced<'pJ/cycle'>;
  /** How the part was supplied: at another voltage or clock it is another. */
  readonly supply: string;
}

const REF = 'MLPerf Tiny, energy by cycles, median of four networks';

function measured(value: number, ref: string, supply: string): PartEnergy {
  return { perCycle: { value, unit: 'pJ/cycle', source: 'measured', ref: `${REF}: ${ref}` }, supply };
}

/** Parts whose energy is published, at the clock of their profile. */
const PARTS: Readonly<Partial<Record<string, PartEnergy>>> = {
  stm32l4r5zi: measured(350, 'round 1.2, X-CUBE-AI 9.0', '1.8 V'),
  stm32u575zi: measured(144, 'round 1.2, X-CUBE-AI 9.0', '1.8 V, switching regulator'),
  stm32u385rg: measured(55, 'round 1.3, X-CUBE-AI 10.2', 'as submitted'),
  stm32h7a3zi: measured(445, 'round 1.2, X-CUBE-AI 9.0', '3 V, switching regulator'),
  ra6m4: measured(363, 'round 0.7, TFLM', '3 V'),
};

/** The energy of a cycle of a target; null where no figure is published of it. */
export function energyOfTarget(name: string): PartEnergy | null {
  return PARTS[name] ?? null;
}

/** Microjoules of so many cycles. */
export function microjoules(cycles: number, { perCycle }: PartEnergy): number {
  return (cycles * perCycle.value) / 1e6;
}
