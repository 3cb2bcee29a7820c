import type { SramBank, Target } from './target.ts';

/** A memory of a target that buffers may lie in. */
export interface MemoryBank {
  /** `DTCM`. */
  readonly name: string;
  /** Bytes of it, without what is known to be taken by the stack. */
  readonly bytes: number;
  /** Cycles of a read that no cache holds. */
  readonly accessCycles: number;
  /** Whether the general DMA controller reaches it. */
  readonly dma: boolean;
  /** Section of the linker script; null is where `.bss` goes. */
  readonly section: string | null;
}

/** The part of each bank that is left to the application, as long as the model fits without it. */
export const RESERVED_SHARE = 0.25;

/**
 * The memories of a target for the buffers of a model: neighbours of one region, section and speed are one bank. Null where there
 * is no choice: one bank, or none.
 *
 * @param stackBytes left free in each bank, since the application chooses where the stack is
 */
export function memoryBanksOf({ banks }: Target, stackBytes: number): readonly MemoryBank[] | null {
  const groups = new Map<string, SramBank[]>();
  for (const bank of banks) {
    if (bank.use !== 'data') continue;
    const key = JSON.stringify([bank.region, bank.section, bank.accessCycles, bank.dma]);
    groups.set(key, [...(groups.get(key) ?? []), bank]);
  }
  if (groups.size <= 1) return null;
  return [...groups.values()].flatMap((group): MemoryBank[] => {
    const [first] = group;
    if (first === undefined) return [];
    const { accessCycles, dma, section } = first;
    const name = group.map((bank) => bank.name).join(' + ');
    const bytes = group.reduce((sum, bank) => sum + bank.bytes, -stackBytes);
    return bytes > 0 ? [{ name, bytes, accessCycles, dma, section }] : [];
  });
}
