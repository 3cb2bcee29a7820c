import { describe, expect, it } from 'vitest';
import { findExecutable } from '../../../targets/tools.ts';
import { otherLayers } from './overlap-layers.ts';
import { dsp, host, layersOf, stated, statedDistance, type Where, wrongLayers } from './overlap-runs.ts';

const tools = ['arm-none-eabi-gcc', 'qemu-system-arm'].every((tool) => findExecutable(tool) !== undefined);

const vectors: Where = { kind: 'host', options: { optimize: '-O3' } };

const places: readonly (readonly [string, Where])[] = [
  ['on this computer', host],
  ['on this computer with vectors', vectors],
  ['on an emulated Cortex-M4', dsp],
];

describe.skipIf(!tools)('layers of every kernel whose output overwrites an input', () => {
  const layers = layersOf(otherLayers);

  it.each(places)('are right at the stated distance %s', async (_, where) => {
    expect(await wrongLayers(layers, stated(layers), where)).toEqual([]);
  });

  it('are wrong nearly everywhere when they come eight bytes closer', async () => {
    const found = await wrongLayers(layers, stated(layers, 8), host);
    const could = layers.program.steps.filter((step) => (statedDistance(layers, step) ?? 0) >= 8);
    expect(found.length).toBeGreaterThan(0.7 * could.length);
  });
});
