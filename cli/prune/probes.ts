import { type MeasuredPlan, planWithinSram } from '../../converter/backends/c/plan-sram.ts';
import type { Goal } from '../../converter/compress/prune/targets/goal.ts';
import type { Graph, ValueId } from '../../converter/ir/graph.ts';
import type { BufferId } from '../../converter/plan/program.ts';
import { asInt8 } from '../../converter/plan/remedies/int8.ts';
import { momentsOf, peakOf } from '../../converter/plan/render/peak.ts';
import { parseBytes } from '../options/bytes.ts';
import { UsageError } from '../usage.ts';

/**
 * `48k`, or `48k@int8` for what the model takes when it is quantized: arena, variables and stack of the C package, by the plan that is the
 * quickest within the bound.
 */
export function sramGoal(given: string, isQuantized: boolean): Goal {
  const text = `--sram ${given}`;
  const [size = '', form] = given.split('@');
  if (form !== undefined && form !== 'int8' && form !== 'float32') {
    throw new UsageError(
      `${text} names no form of a model`,
      'write --sram 48k, or --sram 48k@int8 for the quantized model',
    );
  }
  const bytes = parseBytes(size, '--sram');
  const int8 = form === 'int8' || (form === undefined && isQuantized);
  return {
    kind: 'sram',
    text,
    bound: { absolute: bytes },
    probe: (graph) => {
      const planned = planWithinSram(int8 ? (asInt8(graph) ?? graph) : graph, bytes, false);
      return { value: planned.memory.sramBytes, culprits: peakTensors(graph, planned) };
    },
  };
}

/** The values of the graph that are alive when the arena is fullest, with the bytes of their buffers: of streams, the rows that are kept. */
function peakTensors(graph: Graph, { planned: { program, plan } }: MeasuredPlan): ReadonlyMap<ValueId, number> {
  const peak = peakOf(momentsOf(plan, program.steps.length));
  const bytes = new Map<BufferId, number>(peak?.culprits.map(({ buffer }) => [buffer.id, buffer.bytes]) ?? []);
  const named = new Map<string, number>();
  for (const { inputs, outputs } of program.steps) {
    for (const operand of [...inputs, ...outputs]) {
      const size = operand.kind === 'arena' ? bytes.get(operand.buffer) : undefined;
      if (size !== undefined) named.set(operand.name, size);
    }
  }
  for (const { buffer } of peak?.culprits ?? []) {
    named.set(buffer.name, buffer.bytes);
    // A stream keeps rows of a tensor in a buffer that is called after it.
    named.set(buffer.name.replace(/ rows$/, ''), buffer.bytes);
  }
  return new Map(
    [...graph.values.values()].flatMap(({ id, name }): [ValueId, number][] => {
      const size = named.get(name);
      return size === undefined ? [] : [[id, size]];
    }),
  );
}
