import type { MeasuredLayers, Target } from '../../plan/target.ts';
import type { LayerEstimate, TargetEstimate } from '../estimated.ts';
import type { PackageWork } from '../package-work.ts';
import { rateFor } from './fit.ts';

/**
 * Predicts a run by what `thimble profile` measured of layers on the part itself: cycles for each predicted instruction, by kind of layer; kinds
 * that were not timed, and what is between layers, take what all layers together do. Waiting for memories is in these cycles, so that
 * nothing tells it apart. The clock is that of the profile: cycles are taken as they were measured.
 */
export function measuredEstimate(work: PackageWork, { cores }: Target, measured: MeasuredLayers): TargetEstimate {
  const rateOf = (kind: string) => rateFor(measured.kinds, kind) ?? unknownRate;
  const layers = work.layers.map((layer): LayerEstimate => {
    const { index, name, operator, macs, weightBytes, activationBytes, instructions } = layer;
    const cycles = rateOf(operator).cycles * instructions;
    const bound = 'compute';
    return { index, name, operator, macs, weightBytes, activationBytes, instructions, cycles, bound, terms: null };
  });
  const counted = layers.reduce((sum, { instructions }) => sum + instructions, 0);
  const betweenCycles = rateOf('any').cycles * Math.max(0, work.instructions - counted);
  const cycles = layers.reduce((sum, layer) => sum + layer.cycles, betweenCycles);
  const off = layers.reduce((sum, layer) => sum + rateOf(layer.operator).error * layer.cycles, 0);
  return {
    form: { kind: 'c' },
    layers,
    betweenCycles,
    cycles,
    instructions: work.instructions,
    us: (cycles / cores[0].clockHz) * 1e6,
    error: {
      relative: cycles === 0 ? 0 : off / cycles,
      source: 'how far layers of these kinds were off when they were measured on the part',
      n: measured.kinds.length,
    },
    weakestSource: 'fitted',
    ref: measured.ref,
  };
}

/** Of a profile without a rate for all kinds: one cycle for each instruction, with an error as large. */
const unknownRate = { cycles: 1, error: 1 };
