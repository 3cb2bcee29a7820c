import { expect, test } from 'vitest';
import { referenceExecutor } from '../../../../converter/compress/executor.ts';
import { findChannelGroups } from '../../../../converter/compress/prune/groups/find.ts';
import { l1 } from '../../../../converter/compress/prune/importance/weights.ts';
import { orderByScore } from '../../../../converter/compress/prune/nested/order.ts';
import { nestWidths } from '../../../../converter/compress/prune/nested/widths.ts';
import { constantOf } from '../../../../converter/ir/graph.ts';
import { at } from '../../../../converter/ops/definition.ts';
import { dataAs } from '../../../../converter/tensor/tensor.ts';
import { Net } from '../groups/nets.ts';

test('the most important units come first, and make the narrowest network', () => {
  const net = new Net();
  const graph = net.finish(net.conv(net.conv(net.input(1, 2, 2, 3), 6), 2));
  const groups = findChannelGroups(graph);
  const context = { graph, groups, samples: [], execute: referenceExecutor, columns: null, seed: 1 };
  const order = orderByScore(graph, groups, l1.prepare(context), null);
  const nested = nestWidths(graph, groups, order, [0.5, 1], 1);
  const sizes = (of: typeof graph) => {
    const weights = constantOf(of, at(at(of.nodes, 0).inputs, 1));
    if (weights === null) throw new Error('there are no weights');
    const data = dataAs(weights, 'float32');
    return Array.from({ length: data.length / 3 }, (_, row) =>
      data.subarray(3 * row, 3 * row + 3).reduce((sum, weight) => sum + Math.abs(weight), 0),
    );
  };
  const whole = sizes(nested.graph);
  expect(whole).toEqual(sizes(graph).toSorted((a, b) => b - a));
  expect(sizes(nested.widths[0]?.graph ?? graph)).toEqual(whole.slice(0, 3));
});
