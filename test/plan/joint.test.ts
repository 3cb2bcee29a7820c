import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cKernelNeeds } from '../../converter/backends/c/kernels.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { planTogether } from '../../converter/plan/joint.ts';
import { balancedPlan } from '../../converter/plan/options.ts';
import { type PlannedProgram, planProgram } from '../../converter/plan/plan-program.ts';
import { netPlans, randomNet } from './stream/random-net.ts';

const nets = netPlans.map(randomNet).filter((graph): graph is Graph => graph !== null);
const planned = nets.map((graph) => planProgram(graph, cKernelNeeds, balancedPlan));

/** Bytes of the outputs of a program in a plan, each as a number. */
function outputBytes({ program }: PlannedProgram, plan: PlannedProgram['plan']): ReadonlySet<number> {
  const buffers = new Set(program.outputs.map(({ operand }) => operand.buffer));
  const own = plan.placements.filter(({ buffer }) => buffers.has(buffer.id));
  return new Set(own.flatMap(({ offset, buffer }) => Array.from({ length: buffer.bytes }, (_, i) => offset + i)));
}

describe('joint plans', () => {
  test('exclusive: the arena of the largest, each program where it lies alone', () => {
    fc.assert(
      fc.property(fc.array(planned, { minLength: 2, maxLength: 3 }), (programs) => {
        const { arenaBytes, plans } = planTogether(programs, 'exclusive');
        expect(arenaBytes).toBe(Math.max(...programs.map(({ plan }) => plan.arenaBytes)));
        plans.forEach((plan, i) => {
          expect(plan.placements).toEqual(programs[i]?.plan.placements);
        });
      }),
      { numRuns: 8 },
    );
  });

  test('concurrent: no byte of an output is used by another program, in no more than the sum', () => {
    fc.assert(
      fc.property(fc.array(planned, { minLength: 2, maxLength: 3 }), (programs) => {
        const { arenaBytes, lowerBoundBytes, plans } = planTogether(programs, 'concurrent');
        const sum = programs.reduce((total, { plan }) => total + plan.arenaBytes + plan.arenaAlignment, 0);
        expect(arenaBytes).toBeLessThanOrEqual(sum);
        expect(lowerBoundBytes).toBeLessThanOrEqual(arenaBytes);
        programs.forEach((one, i) => {
          const kept = outputBytes(one, plans[i] ?? one.plan);
          programs.forEach(({ program }, j) => {
            if (i === j) return;
            // What is foreign to a program has ids behind its own.
            const own = (plans[j] ?? one.plan).placements.filter(({ buffer }) => buffer.id < program.buffers.length);
            for (const { offset, buffer } of own) {
              for (let byte = offset; byte < offset + buffer.bytes; byte++) expect(kept.has(byte)).toBe(false);
              expect(offset + buffer.bytes).toBeLessThanOrEqual(arenaBytes);
            }
          });
        });
      }),
      { numRuns: 12 },
    );
  });
});
