import { describe, expect, it } from 'vitest';
import { type Executor, referenceExecutor } from '../../../converter/compress/executor.ts';
import { crossingAt, Front } from '../../../converter/compress/prune/front.ts';
import { lookAt } from '../../../converter/compress/prune/part.ts';
import { dataAs } from '../../../converter/tensor/tensor.ts';
import { smallCnn, smoothInputs } from './small-cnn.ts';

const graph = smallCnn();
const samples = smoothInputs([1, 6, 6, 2], 3);
const behind = (index: number) => graph.nodes.slice(index).flatMap(({ outputs }) => outputs);

/** The reference evaluator, and how many nodes it has computed. */
function counting(): { readonly execute: Executor; readonly nodes: () => number } {
  let nodes = 0;
  return {
    execute: (part) => {
      const run = referenceExecutor(part);
      return (inputs) => {
        nodes += part.nodes.length;
        return run(inputs);
      };
    },
    nodes: () => nodes,
  };
}

describe('a front', () => {
  it('shows at every place what the whole graph computes, each node once', () => {
    const { execute, nodes } = counting();
    const front = new Front(samples, execute);
    for (let index = 0; index <= graph.nodes.length; index++) {
      front.moveTo(graph, index);
      expect(front.index).toBe(index);
      const values = [...crossingAt(graph, index), ...behind(index).slice(0, 1)];
      const [found, wanted] = [front.look(graph, values), lookAt(graph, values, referenceExecutor)];
      samples.forEach((sample, s) => {
        const data = found(s).map((tensor) => dataAs(tensor, 'float32'));
        expect(data).toEqual(wanted(sample()).map((tensor) => dataAs(tensor, 'float32')));
      });
    }
    // Each node once as the front moves over it, and once as the node behind the front.
    expect(nodes()).toBe(2 * samples.length * graph.nodes.length);
  });

  it('stays where it is when more crosses a place than it may keep', () => {
    const front = new Front(samples, referenceExecutor, 3 * 4 * 6 * 6 * 2);
    front.moveTo(graph, 1);
    expect(front.index).toBe(0);
    front.moveTo(graph, graph.nodes.length);
    expect(front.index).toBe(graph.nodes.length);
  });
});
