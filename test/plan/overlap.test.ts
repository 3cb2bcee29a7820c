import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leastDistance, nestDistance } from '../../converter/plan/overlap.ts';
import { type Access, leastByTrial, read, write } from './overlap-trace.ts';

describe('the least distance of events', () => {
  it('is what is written furthest ahead of what is still to be read', () => {
    expect(leastDistance([])).toBe(0);
    expect(
      leastDistance([
        { read: 0, written: 8 },
        { read: 2, written: 16 },
      ]),
    ).toBe(6);
    expect(
      leastDistance([
        { read: 0, written: 16 },
        { read: Number.POSITIVE_INFINITY, written: 20 },
        { read: 4, written: 0 },
        { read: 30, written: 8 },
      ]),
    ).toBe(16);
  });

  it('is that of a trace of spans from the beginning of the output', () => {
    const event = fc.record({ read: fc.nat(20), written: fc.nat(20) });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 8 }), (events) => {
        const trace = events.flatMap((one) => [read(one.read), write(0, one.written)]);
        expect(leastDistance(events)).toBe(leastByTrial([trace], 40));
      }),
    );
  });
});

describe('the distance of nested loops', () => {
  it('is that of their trace', () => {
    const loop = fc.record({ count: fc.integer({ min: 1, max: 4 }), step: fc.nat(9) });
    const bytes = fc.constantFrom(1, 2, 4);
    fc.assert(
      fc.property(fc.array(loop, { maxLength: 3 }), bytes, bytes, (shape, readBytes, writtenBytes) => {
        const inner = (k: number) => shape.slice(k + 1).reduce((product, { count }) => product * count, 1);
        const loops = shape.map(({ count, step }, k) => {
          return { count, read: step * readBytes, written: inner(k) * writtenBytes };
        });
        const trace: Access[] = [];
        const walk = (k: number, from: number, to: number) => {
          const one = loops[k];
          if (one === undefined) trace.push(read(from, readBytes), write(to, writtenBytes));
          else for (let i = 0; i < one.count; i++) walk(k + 1, from + i * one.read, to + i * one.written);
        };
        walk(0, 0, 0);
        expect(nestDistance(loops)).toBe(leastByTrial([trace], inner(-1) * writtenBytes));
      }),
    );
  });
});
