import type { Sourced } from '../sourced.ts';
import { flashFits } from './flash-fits.ts';

/** What is known of the flash of a part beyond its profile. */
export interface FlashPart {
  /** Names of targets begin so. */
  readonly prefix: string;
  readonly lineBytes: number | null;
  readonly cyclesPerByte: Sourced<'cycles/byte'> | null;
}

const line = (prefix: string, lineBytes: number): FlashPart => ({ prefix, lineBytes, cyclesPerByte: null });

/**
 * Widths of flash accesses from the reference manuals: RM0008 (F1, 64 bits), RM0444 (G0, 64), RM0351 and RM0432 (L4 64; L4+ 64 in two banks,
 * 128 in one), RM0440 (G4, 64 in two banks), RM0090 and RM0390 (F4, 128), RM0456 (U5, 128).
 */
export const flashParts: readonly FlashPart[] = [
  line('stm32f1', 8),
  line('stm32g0', 8),
  line('stm32l4', 8),
  line('stm32g4', 8),
  line('stm32f4', 16),
  line('stm32u5', 16),
  line('stm32u3', 16),
  {
    prefix: 'psoc62',
    lineBytes: 16,
    cyclesPerByte: {
      value: flashFits.psoc62,
      unit: 'cycles/byte',
      source: 'fitted',
      ref: 'MLPerf Tiny 0.7 to 1.2: what three engines take more than on STM32L4R5, by bytes of weights (docs/estimator.md)',
    },
  },
];

/** What is known of the flash of a target; nothing of most. */
export function flashPartOf(name: string): Pick<FlashPart, 'lineBytes' | 'cyclesPerByte'> {
  return flashParts.find(({ prefix }) => name.startsWith(prefix)) ?? { lineBytes: null, cyclesPerByte: null };
}
