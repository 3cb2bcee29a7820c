import { describe, expect, it } from 'vitest';
import { parseBudget } from '../../../cli/options/budget.ts';
import { limitText } from '../../../converter/compress/quantize/search/limit.ts';
import { ProblemError } from '../../../converter/problem.ts';

function problemsOf(text: string): string {
  try {
    parseBudget([text]);
  } catch (error) {
    if (error instanceof ProblemError)
      return error.problems.map(({ where, what, advice }) => `${where}: ${what}; ${advice}`).join('\n');
    throw error;
  }
  return '';
}

describe('--budget', () => {
  it('reads limits with commas between and from several options', () => {
    expect(parseBudget(['accuracy-drop<=0.5%, agreement >= 99 %', 'sram<=64k', 'latency<=20ms@stm32l4r5'])).toEqual([
      { kind: 'accuracy-drop', most: 0.005 },
      { kind: 'agreement', least: 0.99 },
      { kind: 'sram', mostBytes: 65536 },
      { kind: 'latency', mostUs: 20_000, target: 'stm32l4r5' },
    ]);
    expect(parseBudget(['flash<=1M,latency<=1.5s@rp2040', 'latency<=500us@x'])).toEqual([
      { kind: 'flash', mostBytes: 2 ** 20 },
      { kind: 'latency', mostUs: 1_500_000, target: 'rp2040' },
      { kind: 'latency', mostUs: 500, target: 'x' },
    ]);
  });

  it('is said again as it was', () => {
    const texts = ['accuracy-drop<=0.5%', 'agreement>=99.5%', 'sram<=65536', 'latency<=20ms@rp2040'];
    expect(parseBudget(texts).map(limitText)).toEqual(texts);
  });

  it.each([
    ['accuracy<=1%', 'did you mean accuracy-drop'],
    ['speed<=20ms', 'there is no limit of "speed"'],
    ['64k', 'it is no limit'],
    ['', 'it is no limit'],
    ['agreement<=99%', 'agreement has >=, not <='],
    ['sram<64k', 'sram has <=, not <'],
    ['accuracy-drop<=0.5', 'no percentage from 0 to 100'],
    ['agreement>=101%', 'no percentage from 0 to 100'],
    ['sram<=64kB', 'no number of bytes'],
    ['flash<=0', 'no number of bytes'],
    ['latency<=20ms', 'it depends on the processor, and none is named'],
    ['latency<=20@rp2040', 'no time with a target'],
    ['latency<=0ms@rp2040', 'no model takes no time'],
  ])('refuses %j', (text, what) => {
    expect(problemsOf(text)).toContain(what);
    expect(problemsOf(text)).toContain('--budget');
    expect(problemsOf(text)).toMatch(/write "/);
  });

  it('names everything that is wrong at once', () => {
    expect(problemsOf('sram<=1kB,foo<=3,agreement>=99%').split('\n')).toHaveLength(2);
  });
});
