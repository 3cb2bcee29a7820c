import { describe, expect, test } from 'vitest';
import { valueId } from '../../converter/ir/graph.ts';
import { parseGraph } from '../../converter/ir/parse.ts';
import { PatchBuilder } from '../../converter/ir/patch.ts';
import { type Rule, rewrite } from '../../converter/ir/rewrite.ts';
import { InternalError } from '../../converter/problem.ts';

const identity = '{"expression":{"kind":"x"}}';
const graph = parseGraph(`graph "g" producer="" rounding=exact
input %0 "x": float32 2
%1 "a": float32 2 = map(%0) ${identity} from "A"
%2 "b": float32 2 = map(%1) ${identity} from "B"
output "y" %2`);

/** Takes every map out. */
const skipMaps: Rule = {
  name: 'skip-maps',
  match(inside, node) {
    const [input] = node.inputs;
    const [output] = node.outputs;
    if (input === undefined || output === undefined) return null;
    return new PatchBuilder(inside, node).remove(node).replace(output, input).finish(`${node.name} is skipped`);
  },
};

describe('rewrite', () => {
  test('applies rules until none fires and reports each patch', () => {
    const result = rewrite(graph, [skipMaps]);
    expect(result.graph.nodes).toEqual([]);
    expect(result.graph.outputs).toEqual([{ name: 'y', value: 0 }]);
    expect(result.applied).toEqual([
      { rule: 'skip-maps', reason: 'A is skipped', took: [{ name: 'A', by: 'B' }] },
      { rule: 'skip-maps', reason: 'B is skipped', took: [] },
    ]);
  });

  test('gives the same graph back where no rule fires', () => {
    const result = rewrite(graph, [{ name: 'never', match: () => null }]);
    expect(result.graph).toBe(graph);
    expect(result.applied).toEqual([]);
  });

  test('offers a node that an earlier rule has changed in its new form, or not at all', () => {
    const seen: string[] = [];
    const watcher: Rule = {
      name: 'watcher',
      match(_, node) {
        seen.push(`${node.name} reads %${node.inputs[0]}`);
        return null;
      },
    };
    const skipFirst: Rule = {
      name: 'skip-a',
      match: (g, node, uses) => (node.name === 'A' ? skipMaps.match(g, node, uses) : null),
    };
    rewrite(graph, [skipFirst, watcher]);
    expect(new Set(seen)).toEqual(new Set(['B reads %0']));
  });

  test('a rule that breaks the graph is named with its reason', () => {
    const breaks: Rule = {
      name: 'breaks-the-graph',
      match: (inside, node) => new PatchBuilder(inside, node).remove(node).finish(`${node.name} is gone`),
    };
    const run = () => rewrite(graph, [breaks]);
    expect(run).toThrow(InternalError);
    expect(run).toThrow(
      'internal: rule breaks-the-graph (A is gone) broke the graph: B reads %1 before it is computed',
    );
  });

  test('a rule that gives a node a wrong type is named too', () => {
    const halves: Rule = {
      name: 'halves',
      match(inside, node) {
        const [output] = node.outputs;
        const type = { dtype: 'float32', shape: [1], quantization: { kind: 'none' } } as const;
        const patch = new PatchBuilder(inside, node).remove(node);
        const half = patch.node(node.name, node.op, node.inputs, type, 'half');
        return patch.replace(output ?? valueId(0), half).finish('half is enough');
      },
    };
    expect(() => rewrite(graph, [halves])).toThrow(
      /^internal: rule halves \(half is enough\) broke the graph: A: the output has shape 1/,
    );
  });

  test('rules that never come to an end are named', () => {
    const again: Rule = {
      name: 'once-more',
      match(inside, node) {
        const [output] = node.outputs;
        if (output === undefined) return null;
        const patch = new PatchBuilder(inside, node).remove(node);
        const type = inside.values.get(output)?.type ?? expect.fail('no type');
        return patch.replace(output, patch.node(node.name, node.op, node.inputs, type, 'again')).finish('again');
      },
    };
    expect(() => rewrite(graph, [again])).toThrow('internal: rules once-more do not come to an end');
  });
});
