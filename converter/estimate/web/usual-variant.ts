import type { Variant } from '../../backends/wasm/variant.ts';

/**
 * The variant that a current browser runs on a core with these extensions: an exact dot product of int8 needs those of Arm (or VNNI), which
 * the loader tests on the device.
 */
export function usualVariant(extensions: readonly string[]): Variant {
  return extensions.includes('dotprod') ? 'dot' : 'madd';
}
