import { describe, expect, it } from 'vitest';
import { findExecutable } from '../../../targets/tools.ts';
import { convolutions } from './overlap-layers.ts';
import {
  dsp,
  host,
  IDLE,
  layersOf,
  portable,
  stated,
  statedDistance,
  type Where,
  wrongLayers,
} from './overlap-runs.ts';

const tools = ['arm-none-eabi-gcc', 'qemu-system-arm'].every((tool) => findExecutable(tool) !== undefined);

const places: readonly (readonly [string, Where, number])[] = [
  ['on this computer', host, 0],
  ['on an emulated Cortex-M4', dsp, 0],
  ['on an emulated Cortex-M4 with idle memory', dsp, IDLE],
  ['on an emulated Cortex-M4 without its own instructions', portable, 0],
];

describe.skipIf(!tools)('convolutions whose output overwrites their input', () => {
  const layers = layersOf(convolutions);
  it.each(places)('are right at the stated distance %s', async (_, where, idle) => {
    expect(await wrongLayers(layers, stated(layers), where, idle)).toEqual([]);
  });

  it('are wrong nearly everywhere when they come eight bytes closer', async () => {
    const near = stated(layers, 8);
    const found = new Set([
      ...(await wrongLayers(layers, near, host)),
      ...(await wrongLayers(layers, near, dsp, IDLE)),
    ]);
    const could = layers.program.steps.filter((step) => (statedDistance(layers, step) ?? 0) >= 8);
    expect(found.size).toBeGreaterThan(0.7 * could.length);
  });
});
