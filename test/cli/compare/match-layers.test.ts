import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchLayers } from '../../../cli/compare/match-layers.ts';

/** `a:conv` is a layer of name and operator. */
const layers = (text: string) =>
  text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => {
      const [name = '', operator = ''] = word.split(':');
      return { name, operator };
    });

describe('layers are matched', () => {
  it.each([
    ['by name', 'a:conv b:conv c:pool', 'a:conv b:conv c:pool', '00 11 22'],
    ['by name, though the operator changed', 'a:conv', 'a:dense', '00'],
    ['by name, though the order changed', 'a:conv b:pool', 'b:pool a:conv', '01 10'],
    ['by position and operator, where names differ', 'a:conv b:pool', 'x:conv y:pool', '00 11'],
    ['not across operators', 'a:conv', 'x:pool', ''],
    ['around one that came', 'a:conv b:pool', 'x:conv n:move y:pool', '00 12'],
    ['around one that went', 'a:conv n:move b:pool', 'x:conv y:pool', '00 21'],
    ['not across layers that are matched by name', 'a:conv k:pool', 'k:pool x:conv', '10'],
    ['as many as possible', 'a:p b:q c:r d:s e:p', 'v:q w:p x:r y:s z:t', '10 22 33'],
    ['first with first, where names repeat', 'a:conv a:conv a:conv', 'a:conv a:conv', '00 11'],
    ['in an empty model', '', 'a:conv', ''],
  ])('%s', (_, before, after, expected) => {
    const matches = matchLayers(layers(before), layers(after));
    expect(matches.map((pair) => pair.join('')).join(' ')).toBe(expected);
  });

  it('each at most once, and all with themselves', () => {
    const keys = fc.array(fc.record({ name: fc.constantFrom(...'abcdef'), operator: fc.constantFrom(...'pqr') }));
    fc.assert(
      fc.property(keys, keys, (before, after) => {
        const matches = matchLayers(before, after);
        expect(new Set(matches.map(([i]) => i)).size).toBe(matches.length);
        expect(new Set(matches.map(([, j]) => j)).size).toBe(matches.length);
        for (const [i, j] of matches) {
          const [a, b] = [before[i], after[j]];
          expect(a?.name === b?.name || a?.operator === b?.operator).toBe(true);
        }
        expect(matchLayers(before, before)).toEqual(before.map((_, i) => [i, i]));
      }),
      { numRuns: 200 },
    );
  });

  it('in a model of very many layers', () => {
    const many = (name: string) =>
      Array.from({ length: 5000 }, (_, i) => ({
        name: `${name}${i}`,
        operator: `${(i * 7919) % 3}${i === 2500 ? name : ''}`,
      }));
    const matches = matchLayers(many('x'), many('y'));
    expect(matches).toHaveLength(4999);
    expect(matches.every(([i, j]) => i === j)).toBe(true);
  });
});
