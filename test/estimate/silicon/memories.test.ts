import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtInProfiles } from '../../../cli/target/load.ts';
import { targetOf } from '../../../cli/target/target.ts';
import { coreNames } from '../../../converter/estimate/silicon/class-models.ts';
import { energyOfTarget, microjoules } from '../../../converter/estimate/silicon/energy.ts';
import { errorOf } from '../../../converter/estimate/silicon/error.ts';
import {
  type FlashTiming,
  flashConstants,
  flashCycles,
  flashCyclesPerByte,
  waitStatesAt,
} from '../../../converter/estimate/silicon/flash.ts';
import { countedCpuOf, siliconOfTarget } from '../../../converter/estimate/silicon/of-target.ts';
import { ramCycles } from '../../../converter/estimate/silicon/ram.ts';

const flash: FlashTiming = { kind: 'internal', waitStates: 4, cacheBytes: 0, lineBytes: 16 };
const reads = (weightBytes: number, passes: number) => ({ weightBytes, streamedBytes: weightBytes * passes });

const targets = builtInProfiles().map(targetOf);

describe('flash', () => {
  it('costs its wait states for each line that is read', () => {
    const { cycles } = flashCycles('cortex-m4', 100, flash, reads(1600, 10));
    expect(cycles).toBeCloseTo(1000 * 4 * flashConstants.exposed.value, 6);
  });

  it('never costs less with more bytes, wait states, or a smaller cache', () => {
    const cores = fc.constantFrom(...coreNames);
    const bytes = fc.nat(100_000);
    fc.assert(
      fc.property(cores, bytes, bytes, fc.nat(15), fc.nat(64), (core, some, more, waitStates, cacheKiB) => {
        const one = { ...flash, waitStates, cacheBytes: 1024 * cacheKiB };
        const cost = (timing: FlashTiming, count: number) => flashCycles(core, 100, timing, reads(count, 3)).cycles;
        const base = cost(one, some);
        expect(cost(one, some + more)).toBeGreaterThanOrEqual(base);
        expect(cost({ ...one, waitStates: waitStates + 1 }, some)).toBeGreaterThanOrEqual(base);
        expect(cost({ ...one, cacheBytes: 0 }, some)).toBeGreaterThanOrEqual(base);
      }),
    );
  });

  it('is read once where a cache holds the weights of a layer', () => {
    const cached = { ...flash, cacheBytes: 16 * 1024 };
    const cost = (weightBytes: number) => flashCycles('cortex-m7', 400, cached, reads(weightBytes, 10)).cycles;
    expect(cost(4096) * 10).toBeCloseTo(flashCycles('cortex-m7', 400, flash, reads(4096, 10)).cycles, 6);
    expect(cost(16_384)).toBe(flashCycles('cortex-m7', 400, flash, reads(16_384, 10)).cycles);
  });

  it('costs nothing where all is copied to SRAM', () => {
    expect(flashCycles('rv64gc', 400, { ...flash, kind: 'loaded' }, reads(1000, 10)).cycles).toBe(0);
  });

  it('on a serial bus costs more the faster the core is, and is assumed', () => {
    const serial = { ...flash, kind: 'external' } as const;
    const [slow, fast] = [133, 600].map((clock) => flashCyclesPerByte('cortex-m7', clock, serial));
    expect(slow?.cycles).toBeCloseTo(2 * (2 + 12 / 32), 6);
    expect(fast?.cycles).toBeGreaterThan(slow?.cycles ?? Infinity);
    expect(slow?.source).toBe('assumed');
  });

  it('whose time was seen takes that time, whatever the clock', () => {
    const seen = { ...flash, readNsPerByte: 10 };
    expect([100, 200].map((clock) => flashCyclesPerByte('cortex-m4', clock, seen).cycles)).toEqual([1, 2]);
    const target = targets.find(({ name }) => name === 'psoc62');
    expect(target?.flash?.readNsPerByte).toBeGreaterThan(5);
  });

  it('needs fewer wait states at a slower clock', () => {
    expect([80, 48, 32, 16, 1].map((clock) => waitStatesAt(4, 80, clock))).toEqual([4, 2, 1, 0, 0]);
  });
});

describe('RAM', () => {
  it('costs its wait states for each access, on cores with a data cache for some of them', () => {
    expect(ramCycles('cortex-m4', { accessCycles: 1 }, 1000)).toEqual({ cycles: 0, source: 'datasheet' });
    expect(ramCycles('cortex-m4', { accessCycles: 3 }, 1000)).toEqual({ cycles: 2000, source: 'assumed' });
    expect(ramCycles('cortex-m7', { accessCycles: 3 }, 1000).cycles).toBeLessThan(200);
  });
});

describe('targets', () => {
  it('have silicon where they are microcontrollers, but for AVR, and none else', () => {
    for (const target of targets) {
      const isKnown = target.kind === 'mcu' && !target.name.startsWith('atmega');
      expect([target.name, siliconOfTarget(target) !== undefined]).toEqual([target.name, isKnown]);
    }
  });

  it('count the instructions of their own core where there is an emulator of it', () => {
    const counted = coreNames.map((core) => [core, countedCpuOf(core)]).filter(([core, cpu]) => core !== cpu);
    expect(Object.fromEntries(counted)).toEqual({
      'cortex-m85': 'cortex-m55',
      rv32imac: 'rv32imc',
      'sifive-e31': 'rv32imc',
      rv64gc: 'rv32imc',
      'xtensa-lx6': 'rv32imc',
      'xtensa-lx7': 'rv32imc',
    });
  });

  it('have an error bar, a wider one where instructions of another core stand for theirs', () => {
    for (const core of coreNames) expect(errorOf(core).relative).toBeGreaterThan(0);
    expect(errorOf('xtensa-lx7').relative).toBeGreaterThan(errorOf('cortex-m4').relative);
    expect(errorOf('xtensa-lx7')).toMatchObject({ n: 0, source: expect.stringContaining('assumed') });
    expect(errorOf('cortex-m4')).toMatchObject({
      source: expect.stringContaining('cross-validated residuals of armv7-m'),
    });
  });

  it('have energy only where it was measured', () => {
    const energy = energyOfTarget('stm32l4r5zi');
    expect(energy?.perCycle).toMatchObject({ unit: 'pJ/cycle', source: 'measured' });
    expect(energy === null ? 0 : microjoules(1_000_000, energy)).toBe(energy?.perCycle.value);
    expect(energyOfTarget('rp2040')).toBeNull();
  });
});
