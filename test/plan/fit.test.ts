import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitOf, type MemoryNeed } from '../../converter/plan/fit.ts';
import { dataRegions, type SramBank, sramBytesOf, type Target } from '../../converter/plan/target.ts';

function bank(region: string, bytes: number, use: SramBank['use'] = 'data'): SramBank {
  return { name: `${region} ${bytes}`, bytes, region, use, accessCycles: 1, dma: true, section: null };
}

function target(banks: readonly SramBank[], flashBytes: number, kind: 'internal' | 'loaded' = 'internal'): Target {
  const core = { name: 'Cortex-M4', count: 1, isa: 'Armv7E-M', clockHz: 1e8, fpu: 'single', extensions: [] } as const;
  const flash = { kind, bytes: flashBytes, waitStates: null, cacheBytes: null };
  return { name: 'x', kind: 'mcu', title: 'X', cores: [core], banks, flash };
}

const need = (blockBytes: number, restBytes: number, flashBytes = 0): MemoryNeed => {
  return { sramBytes: blockBytes + restBytes, blockBytes, flashBytes };
};

describe('dataRegions', () => {
  it('joins banks of one region, leaves out what is not for data, and begins with the largest', () => {
    const banks = [bank('a', 10), bank('b', 40), bank('a', 20), bank('c', 90, 'code'), bank('d', 70, 'heap')];
    expect(dataRegions(target(banks, 1))).toEqual([
      { name: 'b', bytes: 40 },
      { name: 'a', bytes: 30 },
    ]);
    expect(sramBytesOf(target(banks, 1))).toBe(70);
  });
});

describe('fitOf', () => {
  it('fits to the byte, and counts what is missing', () => {
    const part = target([bank('a', 1000)], 500);
    expect(fitOf(part, need(900, 100, 500))).toMatchObject({ fits: true });
    const fit = fitOf(part, need(901, 100, 503));
    expect(fit.fits).toBe(false);
    expect(fit.rows).toEqual([
      { memory: 'SRAM', needBytes: 1001, haveBytes: 1000, missingBytes: 1 },
      { memory: 'flash', needBytes: 503, haveBytes: 500, missingBytes: 3 },
    ]);
    expect(fit.limit?.memory).toBe('flash');
  });

  it('wants the arena in one piece', () => {
    const fit = fitOf(target([bank('a', 1000), bank('b', 600)], 500), need(1001, 10));
    expect(fit.fits).toBe(false);
    expect(fit.rows[1]).toEqual({ memory: 'SRAM in one piece', needBytes: 1001, haveBytes: 1000, missingBytes: 1 });
  });

  it('counts code and constants as SRAM where they are loaded into it', () => {
    const flash = need(500, 0, 600);
    expect(fitOf(target([bank('a', 1000)], 10_000), flash).fits).toBe(true);
    const fit = fitOf(target([bank('a', 1000)], 10_000, 'loaded'), flash);
    expect(fit.rows[0]).toEqual({ memory: 'SRAM', needBytes: 1100, haveBytes: 1000, missingBytes: 100 });
  });

  it('asks nothing of a phone', () => {
    const phone: Target = { ...target([], 1), kind: 'phone', flash: null };
    expect(fitOf(phone, need(1e9, 1e9, 1e9))).toEqual({ fits: true, rows: [], limit: null });
  });

  it('agrees with trying every place of the two pieces', () => {
    const size = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(fc.array(size, { minLength: 1, maxLength: 4 }), fc.nat(14), fc.nat(14), (sizes, block, rest) => {
        const banks = sizes.map((bytes, i) => bank(`region ${i}`, bytes));
        const places = sizes.flatMap((a, i) =>
          sizes.map((b, j) => (i === j ? block + rest <= a : block <= a && rest <= b)),
        );
        expect(fitOf(target(banks, 1), need(block, rest)).fits).toBe(places.includes(true));
      }),
      { numRuns: 1000 },
    );
  });
});
