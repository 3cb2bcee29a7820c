import { describe, expect, test } from 'vitest';
import { referenceExecutor } from '../../../../converter/compress/executor.ts';
import { nestFloat } from '../../../../converter/compress/prune/nested/fit.ts';
import { nestQuantized } from '../../../../converter/compress/prune/nested/quantized.ts';
import { repairWidths } from '../../../../converter/compress/prune/nested/repair-widths.ts';
import { type NestedModel, ownConstants } from '../../../../converter/compress/prune/nested/widths.ts';
import { defaultPruneOptions } from '../../../../converter/compress/prune/options.ts';
import { macsOf } from '../../../../converter/compress/prune/targets/work.ts';
import { quantizeGraph } from '../../../../converter/compress/quantize/quantize-graph.ts';
import { evaluateGraph } from '../../../../converter/ir/evaluate.ts';
import type { Graph } from '../../../../converter/ir/graph.ts';
import { ProblemError } from '../../../../converter/problem.ts';
import { randomInputs } from '../../../../converter/random-inputs.ts';
import { numericData } from '../../../../converter/tensor/tensor.ts';
import { Net } from '../groups/nets.ts';

/** Two layers whose 16 channels are mixtures of few, so that a width can say what the whole says. */
function net(): Graph {
  const own = new Net();
  const x = own.input(1, 4, 4, 3);
  return own.finish(own.conv(own.conv(own.conv(x, 16, { kernel: 3 }), 16), 5));
}

const samples = (graph: Graph, first: number, count: number) =>
  Array.from({ length: count }, (_, i) => () => randomInputs(graph, first + i));

/** Squared error of the outputs on inputs that served for nothing, over their size. */
function errorOf(graph: Graph, other: Graph): number {
  let [error, size] = [0, 0];
  for (const sample of samples(graph, 500, 10)) {
    const [wanted, found] = [graph, other].map((one) => numericData(evaluateGraph(one, sample())[0] ?? (0 as never)));
    wanted?.forEach((value: number, i: number) => {
      error += (value - (found?.[i] ?? 0)) ** 2;
      size += value ** 2;
    });
  }
  return error / size;
}

describe('widths of a float model', () => {
  const graph = net();
  const given = samples(graph, 1, 24);
  const context = { samples: given, execute: referenceExecutor, onProgress: () => {} };
  const options = { scores: defaultPruneOptions.scores, round: 4 };
  const fitted = nestFloat(graph, [0.4, 0.7], options, context);

  test('have their shares, and weights of the whole one', () => {
    for (const { graph: narrow, fraction } of fitted.widths) {
      expect(macsOf(narrow)).toBeLessThanOrEqual(fraction * macsOf(graph));
    }
    for (const width of fitted.widths) {
      // Biases are rows of one number for each output.
      expect(ownConstants(fitted, width).every(({ input }) => input === 2)).toBe(true);
    }
  });

  test('err less than without a fit, and the whole model hardly', () => {
    const still = { ...context, samples: given.slice(0, 1) };
    const plain = nestFloat(graph, [0.4, 0.7], options, { ...still, samples: given }, { weightOf: () => 1, passes: 0 });
    fitted.widths.forEach(({ graph: narrow }, i) => {
      expect(errorOf(graph, narrow)).toBeLessThan(0.6 * errorOf(graph, plain.widths[i]?.graph ?? graph));
    });
    expect(errorOf(graph, fitted.graph)).toBeLessThan(0.1);
  });

  test('keep their channels on integers, with biases and scales of their own', () => {
    const { graph: stored } = quantizeGraph(fitted.graph, given, referenceExecutor);
    const widths = nestQuantized(fitted, stored, 4);
    const channels = ({ widths: all }: NestedModel) =>
      all.map(({ graph: narrow }) =>
        narrow.nodes.flatMap(({ outputs }) => outputs.map((id) => narrow.values.get(id)?.type.shape.at(-1))),
      );
    const conversions = new Set(['quantize', 'dequantize']);
    expect(stored.nodes.filter(({ op }) => !conversions.has(op.type))).toHaveLength(3);
    const repaired = repairWidths(widths, given, referenceExecutor, { scales: false });
    const scaled = repairWidths(widths, given, referenceExecutor, { scales: true });
    expect(channels(repaired)).toEqual(channels(widths));
    repaired.widths.forEach((width, i) => {
      expect(ownConstants(repaired, width).every(({ input }) => input === 2)).toBe(true);
      const other = scaled.widths[i];
      expect(other && ownConstants(scaled, other).some(({ input }) => input === 1)).toBe(true);
    });
  });

  test('are refused where layers cannot be so narrow', () => {
    expect(() => nestFloat(graph, [0.01], options, context)).toThrow(ProblemError);
  });
});
