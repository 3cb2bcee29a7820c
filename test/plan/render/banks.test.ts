import { expect, test } from 'vitest';
import type { PlanBank } from '../../../converter/plan/plan.ts';
import { bankPictures, banksSvg, bankTitle } from '../../../converter/plan/render/banks.ts';
import { mapSvg } from '../../../converter/plan/render/map-svg.ts';
import { momentsOf, peakOf } from '../../../converter/plan/render/peak.ts';
import type { PlanPicture } from '../../../converter/plan/render/picture.ts';
import { pictureOfRows, smallRows } from './plans.ts';
import { xmlFaults } from './well-formed.ts';

const one = pictureOfRows(smallRows, 3);

/** The picture with `block/conv` at the start of a second memory. */
function divided(): PlanPicture {
  const bank = (name: string, usedBytes: number): PlanBank => {
    return { name, usedBytes, lowerBoundBytes: usedBytes, accessCycles: 1, dma: true, section: null };
  };
  const placements = one.plan.placements.map((placement) => {
    return placement.buffer.name === 'block/conv' ? { ...placement, bank: 1, offset: 0 } : placement;
  });
  return { ...one, plan: { ...one.plan, arenaBytes: 700, placements, banks: [bank('SRAM', 700), bank('DTCM', 400)] } };
}

test('a plan of two memories has a picture of each', () => {
  const pictures = bankPictures(divided());
  expect(pictures.map(({ plan }) => plan.arenaBytes)).toEqual([700, 400]);
  expect(pictures[1]?.plan.placements.map(({ buffer }) => buffer.name)).toEqual(['block/conv']);
  expect([0, 1].map((bank) => bankTitle(divided().plan, bank))).toEqual(['arena in SRAM', 'DTCM']);
  const svg = banksSvg(divided(), 'net');
  expect(xmlFaults(svg)).toEqual([]);
  expect(svg).toContain('net, arena in SRAM');
  expect(svg).toContain('net, DTCM');
  expect(svg.match(/<svg /g)).toHaveLength(3);
});

test('a plan of one memory is drawn as ever', () => {
  const peak = peakOf(momentsOf(one.plan, 3)) ?? expect.fail('there is no peak');
  expect(bankPictures(one)).toEqual([one]);
  expect(banksSvg(one, 'net')).toBe(mapSvg(one, peak, 'net'));
});
