import { describe, expect, it } from 'vitest';
import { findExecutable } from '../../../targets/tools.ts';
import { convolutions, otherLayers } from './overlap-layers.ts';
import { dsp, farLayers, helium, host, layersOf, portable, type Where, wrongLayers } from './overlap-runs.ts';

const tools = ['arm-none-eabi-gcc', 'qemu-system-arm'].every((tool) => findExecutable(tool) !== undefined);

/** Enough idle memory for every panel of four pixels; without any there are narrower ones. */
const IDLE = 1 << 16;

const vectors: Where = { kind: 'host', options: { optimize: '-O3' } };

describe.skipIf(!tools)('convolutions whose output overwrites their input', () => {
  const layers = layersOf(convolutions);
  const closer = new Set<string>();

  it.each<readonly [string, Where, number]>([
    ['on this computer', host, 0],
    ['on an emulated Cortex-M4', dsp, 0],
    ['on an emulated Cortex-M4 with idle memory', dsp, IDLE],
    ['on an emulated Cortex-M55', helium, 0],
    ['on an emulated Cortex-M55 with idle memory', helium, IDLE],
    ['on an emulated Cortex-M4 without its own instructions', portable, 0],
  ])('are right from the stated distance %s', async (_, where, idle) => {
    const wrong = await wrongLayers(layers, where, idle);
    expect([...wrong.stated, ...wrong.behind]).toEqual([]);
    for (const name of wrong.closer) closer.add(name);
    expect(wrong.closer.length).toBeGreaterThan(0.4 * farLayers(layers, 8).length);
  });

  it('are wrong nearly everywhere eight bytes closer, in one variant of the code or another', () => {
    expect(closer.size).toBeGreaterThan(0.8 * farLayers(layers, 8).length);
  });
});

describe.skipIf(!tools)('layers of every other kernel whose output overwrites an input', () => {
  const layers = layersOf(otherLayers);

  it.each<readonly [string, Where]>([
    ['on this computer', host],
    ['on this computer with vectors', vectors],
    ['on an emulated Cortex-M4', dsp],
    ['on an emulated Cortex-M55', helium],
  ])('are right from the stated distance %s, and mostly wrong eight bytes closer', async (_, where) => {
    const wrong = await wrongLayers(layers, where);
    expect([...wrong.stated, ...wrong.behind]).toEqual([]);
    expect(wrong.closer.length).toBeGreaterThan(0.7 * farLayers(layers, 8).length);
  });
});
