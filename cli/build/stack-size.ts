import type { QemuCpu } from '../../targets/qemu/machines.ts';

/** Frames of the program around the model, and of interrupts that a user may add. */
const aroundBytes = 512;

/** What is kept where the frames of the processor are not bounded; see `stackMarginBytes` of converter/backends/c/footprint.ts. */
const marginBytes = 1024;

/** What a firmware keeps for its stack, in bytes: a multiple of 8. */
export function stackSizeFor(cpu: QemuCpu, stackBoundBytes: number): number {
  const bounded = ['cortex-m3', 'cortex-m4', 'cortex-m7', 'cortex-m33'].includes(cpu);
  const bytes = stackBoundBytes + aroundBytes + (bounded ? 0 : marginBytes);
  return Math.ceil(bytes / 8) * 8;
}
