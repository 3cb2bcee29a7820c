import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scheduleRows } from '../../../converter/plan/stream/schedule.ts';
import { type NetworkPlan, networkOf, networkPlans } from './row-network.ts';
import { runSchedule } from './run-schedule.ts';

function scheduled(plan: NetworkPlan) {
  const network = networkOf(plan);
  fc.pre(network.tasks.length > 0);
  return { network, schedule: scheduleRows(network.tensors, network.tasks, network.goals) };
}

describe('a schedule', () => {
  test('finds every row that it reads, and makes all that is wanted', () => {
    fc.assert(
      fc.property(networkPlans, (plan) => {
        const { network, schedule } = scheduled(plan);
        const { faults, moved } = runSchedule(network, schedule);
        expect(faults).toEqual([]);
        expect(schedule.stores.map(({ movedRows }) => movedRows)).toEqual(moved);
      }),
      { numRuns: 400 },
    );
  });

  test('keeps no row too many: with one row less no slide works', () => {
    fc.assert(
      fc.property(networkPlans, (plan) => {
        const { network, schedule } = scheduled(plan);
        network.tensors.forEach(({ isWhole }, tensor) => {
          const capacity = (schedule.stores[tensor]?.capacity ?? 0) - 1;
          if (isWhole) return;
          for (let slide = 1; slide <= capacity; slide++) {
            const store = { tensor, capacity, slide };
            expect(runSchedule(network, schedule, { store }).faults).not.toEqual([]);
          }
        });
      }),
      { numRuns: 200 },
    );
  });

  test('slides as far as it can', () => {
    fc.assert(
      fc.property(networkPlans, (plan) => {
        const { network, schedule } = scheduled(plan);
        schedule.stores.forEach(({ capacity, slide }, tensor) => {
          if (network.tensors[tensor]?.isWhole) return;
          for (let further = slide + 1; further <= capacity; further++) {
            const store = { tensor, capacity, slide: further };
            expect(runSchedule(network, schedule, { store }).faults).not.toEqual([]);
          }
        });
      }),
      { numRuns: 200 },
    );
  });

  test('needs nothing of a store that is not busy', () => {
    fc.assert(
      fc.property(networkPlans, (plan) => {
        const { network, schedule } = scheduled(plan);
        const destroys = (tensor: number, time: number) => schedule.stores[tensor]?.isBusy[time] === 0;
        expect(runSchedule(network, schedule, { destroys }).faults).toEqual([]);
        const written = schedule.actions.filter(({ tensor }, time) => destroys(tensor, time));
        expect(written).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('calls no store busy without need', () => {
    fc.assert(
      fc.property(networkPlans, fc.nat(), (plan, at) => {
        const { network, schedule } = scheduled(plan);
        const moment = at % schedule.actions.length;
        network.tensors.forEach(({ isWhole }, tensor) => {
          if (isWhole || schedule.stores[tensor]?.isBusy[moment] === 0) return;
          if (schedule.actions[moment]?.tensor === tensor) return;
          const destroys = (one: number, time: number) => one === tensor && time === moment;
          expect(runSchedule(network, schedule, { destroys }).faults).not.toEqual([]);
        });
      }),
      { numRuns: 400 },
    );
  });

  test('of a chain of convolutions keeps the rows of one window each', () => {
    const rows = { top: 1, bottom: 1, isWhole: false };
    const whole = { top: 0, bottom: 0, isWhole: true };
    const tensors = [
      { height: 8, ...rows },
      { height: 8, ...rows },
      { height: 8, ...whole },
      { height: 8, ...whole },
    ];
    const window = { stride: 1, top: 1, rows: 3 };
    const tasks = [
      { kind: 'window', inputs: [{ tensor: 3, window: { stride: 1, top: 0, rows: 1 } }], output: 0 },
      { kind: 'window', inputs: [{ tensor: 0, window }], output: 1 },
      { kind: 'window', inputs: [{ tensor: 1, window }], output: 2 },
    ] as const;
    const { stores, actions } = scheduleRows(tensors, tasks, [2]);
    expect(stores.map(({ capacity, slide }) => [capacity, slide])).toEqual([
      [3, 1],
      [3, 1],
      [8, 0],
      [8, 0],
    ]);
    expect(actions.filter(({ task }) => task === null).length).toBe(2);
  });
});
