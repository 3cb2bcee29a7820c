import { describe, expect, it } from 'vitest';
import { exportOnnx } from '../../converter/exporters/onnx/export.ts';
import { exportTflite } from '../../converter/exporters/tflite/export.ts';
import { readTfliteModel } from '../../converter/frontends/tflite/format/read.ts';
import { importTflite } from '../../converter/frontends/tflite/import.ts';
import { evaluateGraph } from '../../converter/ir/evaluate.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { parseGraph } from '../../converter/ir/parse.ts';
import { printGraph } from '../../converter/ir/print.ts';
import { storeInt4 } from '../../converter/ir/store-int4.ts';
import { importModel, optimizeGraph } from '../../converter/pipeline.ts';
import { convolution, fullyConnected, joined } from '../backends/c/models.ts';
import { withInt4Weights } from '../support/int4.ts';

const pointwise = { kernel: [1, 1], padding: [0, 0, 0, 0], rounding: 'single' } as const;

const layers = joined('layers', [
  convolution({ ...pointwise, channels: 40, outputs: 9 }, 1),
  convolution({ channels: 4, outputs: 6, rounding: 'single' }, 2),
  convolution({ channels: 4, outputs: 1, depthwise: true, rounding: 'single' }, 3),
  fullyConnected({ rows: 1, depth: 33, units: 5, rounding: 'single' }, 4),
]);

const kinds = ({ storage }: Graph) => [...storage.values()].map((one) => (one.kind === 'int4' ? one.group : one.kind));

describe('notes of weights in 4 bits', () => {
  it('are there for convolutions and fully connected layers, and survive the passes', () => {
    for (const group of [null, 16] as const) {
      const graph = withInt4Weights(layers.graph, group, 5);
      expect(kinds(graph)).toEqual([group, group, group]);
      expect(kinds(optimizeGraph(graph).graph)).toEqual([group, group, group]);
    }
    expect(storeInt4(layers.graph, [16, 32, 64, 128], () => true).storage.size).toBe(0);
  });

  it('print and are read', () => {
    for (const group of [null, 16] as const) {
      const { graph } = fullyConnected({ rows: 1, depth: 20, units: 3 }, 1);
      const text = printGraph(withInt4Weights(graph, group, 5));
      expect(text).toContain(group === null ? 'stored %1 int4\n' : 'stored %1 int4 group=16 multipliers=[');
      expect(printGraph(parseGraph(text))).toBe(text);
    }
  });

  it.each([null, 32] as const)('go into files and come back: groups of %s', (group) => {
    const graph = withInt4Weights(layers.graph, group, 6);
    const expected = evaluateGraph(graph, layers.inputs).map(({ data }) => data);
    const bytes = exportTflite(graph, '0.0.0');
    const read = importTflite(bytes, 'layers');
    expect(kinds(read)).toEqual([group, group, group]);
    expect(evaluateGraph(read, layers.inputs).map(({ data }) => data)).toEqual(expected);
    const dtypes = readTfliteModel(bytes).subgraphs[0]?.tensors.map(({ dtype }) => dtype) ?? [];
    expect(dtypes.filter((dtype) => dtype === 'int4').length).toBe(group === null ? 3 : 0);
    const again = optimizeGraph(importModel(exportOnnx(graph, '0.0.0'), 'layers.onnx')).graph;
    expect(kinds(again)).toEqual([group, group, group]);
  });
});
