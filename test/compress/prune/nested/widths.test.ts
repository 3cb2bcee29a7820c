import { describe, expect, test } from 'vitest';
import { findChannelGroups } from '../../../../converter/compress/prune/groups/find.ts';
import { groupId } from '../../../../converter/compress/prune/groups/types.ts';
import { nestWidths, ownConstants } from '../../../../converter/compress/prune/nested/widths.ts';
import { importModel, optimizeGraph } from '../../../../converter/pipeline.ts';
import { hasShared, readShared } from '../../../support/shared.ts';
import { Net } from '../groups/nets.ts';
import { randomNet } from '../groups/random-net.ts';

describe('nested widths', () => {
  test('are parts of the whole model, whose important units come first', () => {
    const net = new Net();
    const x = net.input(1, 2, 2, 2);
    const graph = net.finish(net.conv(net.concat(3, net.conv(x, 4), net.conv(x, 8)), 2));
    const order = new Map([[groupId(0), [3, 1, 0, 2]]]);
    const nested = nestWidths(graph, findChannelGroups(graph), order, [0.5, 0.25], 1);
    expect(nested.widths.map(({ fraction }) => fraction)).toEqual([0.25, 0.5]);
    const [narrow, half] = nested.widths;
    // Rows of the first layer; columns behind the concat are two runs.
    expect(
      half?.views.map(({ runs }) => runs.map((list) => list.map(({ start, count }) => `${start}+${count}`))),
    ).toEqual([
      [['0+2'], ['0+1'], ['0+1'], ['0+2']],
      [['0+2']],
      [['0+4'], ['0+1'], ['0+1'], ['0+2']],
      [['0+4']],
      [['0+2'], ['0+1'], ['0+1'], ['0+2', '4+4']],
    ]);
    for (const width of [narrow, half]) if (width !== undefined) expect(ownConstants(nested, width)).toEqual([]);
  });

  test('know what they do not share', () => {
    const net = new Net();
    const graph = net.finish(net.conv(net.conv(net.input(1, 2, 2, 2), 4), 2));
    const nested = nestWidths(graph, findChannelGroups(graph), new Map(), [0.5], 1);
    const [width] = nested.widths;
    const bias = width?.graph.nodes[0]?.inputs[2];
    const value = bias === undefined ? undefined : width?.graph.values.get(bias);
    if (width === undefined || bias === undefined || value === undefined) throw new Error('there is no width');
    const values = new Map(width.graph.values).set(bias, { ...value, data: new Float32Array([1, 2]) });
    const own = ownConstants(nested, { ...width, graph: { ...width.graph, values } });
    expect(own.map(({ input, bytes }) => ({ input, bytes }))).toEqual([{ input: 2, bytes: 8 }]);
  });

  test('of random nets share all constants', () => {
    for (let seed = 0; seed < 40; seed++) {
      const graph = randomNet(seed);
      const nested = nestWidths(graph, findChannelGroups(graph), new Map(), [0.3, 0.6, 1], 1);
      for (const width of nested.widths) expect(ownConstants(nested, width), `net ${seed}`).toEqual([]);
    }
  });

  test.skipIf(!hasShared)('of an int8 model share weights and scales', () => {
    const path = 'tflite/mlperf_ic_resnet8_int8.tflite';
    const graph = optimizeGraph(importModel(readShared(`models/${path}`), path)).graph;
    const nested = nestWidths(graph, findChannelGroups(graph), new Map(), [0.25, 0.5, 0.75], 4);
    for (const width of nested.widths) expect(ownConstants(nested, width)).toEqual([]);
    const rows = nested.widths.map(({ graph: narrow }) =>
      narrow.values.get(narrow.nodes[0]?.outputs[0] ?? (0 as never)),
    );
    expect(rows.map((value) => value?.type.shape.at(-1))).toEqual([4, 8, 12]);
  });
});
