import fc from 'fast-check';
import { expect, test } from 'vitest';
import { estimateMcu, type McuSilicon } from '../../converter/estimate/mcu.ts';

const silicon: McuSilicon = {
  core: 'cortex-m4',
  clockMHz: 100,
  flash: { kind: 'internal', waitStates: 4, cacheBytes: 1024, lineBytes: 8 },
  ram: { accessCycles: 1 },
};
const layer = { mix: new Map([['mac', 1000]]), streamedBytes: 0, weightBytes: 0 };

test('cycles of layers add up, and milliseconds are cycles by the clock', () => {
  const two = estimateMcu(silicon, [layer, { ...layer, streamedBytes: 10_000, weightBytes: 10_000 }]);
  expect(two.cycles).toBe((two.layers[0]?.cycles ?? 0) + (two.layers[1]?.cycles ?? 0));
  expect(two.milliseconds).toBeCloseTo(two.cycles / 100_000, 12);
  expect(two.layers.map(({ bound }) => bound)).toEqual(['compute', 'flash']);
});

test('a layer of products alone takes a cycle each', () => {
  expect(estimateMcu(silicon, [layer])).toMatchObject({ cycles: 1000, weakestSource: 'datasheet' });
});

test('memory with wait states costs, and says that it is assumed', () => {
  const loads = { ...layer, mix: new Map([['load', 1000]]) };
  const slow = { ...silicon, ram: { accessCycles: 3 } };
  const [fast, waiting] = [estimateMcu(silicon, [loads]), estimateMcu(slow, [loads])];
  expect(waiting.cycles - fast.cycles).toBe(2000);
  expect(waiting.layers[0]?.bound).toBe('ram');
  expect([fast.weakestSource, waiting.weakestSource]).toEqual(['fitted', 'assumed']);
});

test('weights in flash whose wait states nobody has published are assumed', () => {
  const unknown = { ...silicon, flash: { ...silicon.flash, waitStates: null } };
  const streamed = { ...layer, streamedBytes: 4000, weightBytes: 4000 };
  expect(estimateMcu(unknown, [streamed]).weakestSource).toBe('assumed');
  expect(estimateMcu(silicon, [streamed]).weakestSource).toBe('fitted');
});

test('code waits for flash at taken branches where no cache is before it', () => {
  const branches = { ...layer, mix: new Map([['branch-taken', 1000]]) };
  const without = { ...silicon, flash: { ...silicon.flash, cacheBytes: 0 } };
  const [cached, bare] = [estimateMcu(silicon, [branches]), estimateMcu(without, [branches])];
  expect(bare.cycles - cached.cycles).toBe(4000);
  expect(bare.weakestSource).toBe('assumed');
});

test('nothing takes longer than with more of everything', () => {
  const counts = fc.nat(100_000);
  fc.assert(
    fc.property(counts, counts, counts, fc.integer({ min: 1, max: 8 }), (macs, loads, weightBytes, accessCycles) => {
      const on = (scale: number, wait: number) =>
        estimateMcu({ ...silicon, ram: { accessCycles: wait } }, [
          {
            mix: new Map([
              ['mac', macs * scale],
              ['load', loads * scale],
            ]),
            weightBytes,
            streamedBytes: weightBytes,
          },
        ]).cycles;
      expect(on(2, accessCycles)).toBeGreaterThanOrEqual(on(1, accessCycles));
      expect(on(1, accessCycles + 1)).toBeGreaterThanOrEqual(on(1, accessCycles));
    }),
  );
});
