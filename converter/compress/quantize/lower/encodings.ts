import { type Graph, typeOf, type ValueId, valueById } from '../../../ir/graph.ts';
import { quantizationsEqual } from '../../../tensor/quantization.ts';
import { numericData } from '../../../tensor/tensor.ts';
import { type Encoding, encodingOf, type IntegerFormat, union } from '../format.ts';
import type { Range } from '../statistics/tensor-statistics.ts';
import { type Groups, type NodeFormats, realOutputs, ruleOf } from './ties.ts';

/** The range of a computed value or input; null for one that never was seen. */
export type RangeOf = (id: ValueId, format: IntegerFormat) => Range | null;

/** Scale and zero point of a value in a format. */
export type EncodingOf = (id: ValueId, format: IntegerFormat) => Encoding;

/**
 * One encoding for each group of values and format. An operator that fixes the scale of its output fixes that of the group, unless
 * another one wants something else; then the group takes its range, and the outputs are rescaled.
 */
export function encodingsFor(graph: Graph, formats: NodeFormats, groups: Groups, rangeOf: RangeOf): EncodingOf {
  const members = new Map<ValueId, ValueId[]>();
  for (const [id, root] of groups) {
    if (typeOf(graph, id).dtype !== 'float32') continue;
    const list = members.get(root);
    if (list === undefined) members.set(root, [id]);
    else list.push(id);
  }
  const wished = wishedOutputs(graph, formats, groups);
  const known = new Map<string, Encoding>();
  return (id, format) => {
    const root = groups.get(id) ?? id;
    const key = `${root} ${format}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const fixed = wished.get(key);
    const made = fixed ?? encodingOf(groupRange(graph, members.get(root) ?? [id], format, rangeOf), format);
    known.set(key, made);
    return made;
  };
}

/** What operators fix, by group and format; groups with contradicting wishes are left out. */
function wishedOutputs(graph: Graph, formats: NodeFormats, groups: Groups): ReadonlyMap<string, Encoding> {
  const wishes = new Map<string, Encoding | null>();
  for (const node of graph.nodes) {
    const format = formats.get(node.id) ?? 'float32';
    if (format === 'float32') continue;
    const wish = ruleOf(node).output(node.op.attributes, format);
    if (wish === null) continue;
    for (const id of realOutputs(graph, node)) {
      const key = `${groups.get(id) ?? id} ${format}`;
      const before = wishes.get(key);
      wishes.set(key, before === undefined || (before !== null && quantizationsEqual(before, wish)) ? wish : null);
    }
  }
  return new Map([...wishes].flatMap(([key, wish]) => (wish === null ? [] : [[key, wish] as const])));
}

function groupRange(graph: Graph, ids: readonly ValueId[], format: IntegerFormat, rangeOf: RangeOf): Range {
  const ranges = ids.flatMap((id) => {
    const { data, type } = valueById(graph, id);
    if (data !== null) return [rangeOfData(numericData({ type, data }))];
    const range = rangeOf(id, format);
    return range === null ? [] : [range];
  });
  return ranges.reduce(union, { min: 0, max: 0 });
}

/** Smallest and largest finite element, and 0. */
function rangeOfData(data: ArrayLike<number>): Range {
  let [min, max] = [0, 0];
  for (let i = 0; i < data.length; i++) {
    const value = data[i] ?? 0;
    if (!Number.isFinite(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}
