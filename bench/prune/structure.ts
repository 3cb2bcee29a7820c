import { readFileSync } from 'node:fs';
import { fastExecutor } from '../../cli/quantize/executor.ts';
import { compareTensors } from '../../converter/compare.ts';
import { withOwnConstants } from '../../converter/compress/product.ts';
import { removeDeadUnits } from '../../converter/compress/prune/groups/dead-units.ts';
import { findChannelGroups } from '../../converter/compress/prune/groups/find.ts';
import { maskUnits, withZeros } from '../../converter/compress/prune/groups/mask.ts';
import { removeUnits } from '../../converter/compress/prune/groups/remove.ts';
import type { ChannelGroups, GroupId, RemovedUnits } from '../../converter/compress/prune/groups/types.ts';
import { randomNumbers } from '../../converter/compress/prune/importance/weights.ts';
import { withRealWeights } from '../../converter/compress/quantize/real-weights.ts';
import { type Graph, valueId } from '../../converter/ir/graph.ts';
import { verifyGraph } from '../../converter/ir/verify.ts';
import { importModel, optimizeGraph } from '../../converter/pipeline.ts';
import { ProblemError } from '../../converter/problem.ts';
import { randomInputs } from '../../converter/random-inputs.ts';
import { locate } from '../places.ts';

/** What became of one model: counts, and the first output that differs. */
export interface StructureFigure {
  readonly model: string;
  /** Why the model says nothing here; null where it was pruned. */
  readonly skipped: string | null;
  readonly dtype: string;
  readonly groups: number;
  readonly units: number;
  readonly silenced: number;
  /** Units that {@link removeDeadUnits} took out of the model in which some are silenced. */
  readonly dead: number;
  /** Null where nothing differs: int8 to the bit, float32 to 1e-5 of the largest magnitude. */
  readonly deadDifference: string | null;
  readonly maskedDifference: string | null;
}

/** Checks every model that is there. */
export function measureStructure(
  rows: readonly { readonly model: string }[],
  note: (line: string) => void,
): readonly StructureFigure[] {
  return rows.flatMap(({ model }) => {
    const path = locate(`models/${model}`);
    note(`prune: structure of ${model}`);
    return path === undefined ? [] : [checkStructure(model, path)];
  });
}

const tolerance = 1e-5;

/** Share of the units of every group that is silenced or masked. */
const share = 0.3;

/** Silences channels of every group and takes them out as dead ones; masks others and takes these out; compares what both compute. */
export function checkStructure(model: string, path: string): StructureFigure {
  const nothing = { groups: 0, units: 0, silenced: 0, dead: 0, deadDifference: null, maskedDifference: null };
  let graph: Graph;
  try {
    graph = withOwnConstants(withRealWeights(optimizeGraph(importModel(readFileSync(path), model)).graph));
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const [problem] = error.problems;
    return { model, dtype: '-', skipped: `not imported: ${problem?.what ?? error.message}`, ...nothing };
  }
  const dtype = [...graph.values.values()].some(({ type }) => type.quantization.kind !== 'none')
    ? 'integer'
    : 'float32';
  const groups = findChannelGroups(graph);
  if (groups.groups.length === 0) {
    const [barrier] = groups.barriers;
    const why =
      barrier === undefined ? 'no layer with weights feeds another one' : `${barrier.name}: ${barrier.reason}`;
    return { model, dtype, skipped: `no channels can leave; ${why}`, ...nothing };
  }
  const random = randomNumbers(3);
  const chosen = someUnits(groups, random);
  const silent = silenced(graph, groups, chosen);
  const { graph: pruned } = removeDeadUnits(silent);
  verifyGraph(pruned, 'removing dead units');
  const masked = someUnits(groups, random);
  const count = (of: Graph) => findChannelGroups(of).groups.reduce((sum, { units }) => sum + units, 0);
  return {
    ...{ model, dtype, skipped: null, groups: groups.groups.length, units: count(graph) },
    silenced: [...chosen.values()].reduce((sum, { size }) => sum + size, 0),
    dead: count(graph) - count(pruned),
    deadDifference: difference(silent, pruned),
    maskedDifference: difference(maskUnits(graph, groups, masked), removeUnits(graph, groups, masked)),
  };
}

function someUnits({ groups }: ChannelGroups, random: () => number): RemovedUnits {
  return new Map(
    groups.map(({ id, units }): [GroupId, ReadonlySet<number>] => {
      const gone = Array.from({ length: units }, (_, unit) => unit).filter(() => random() < share);
      return [id, new Set(gone.length === units ? gone.slice(1) : gone)];
    }),
  );
}

/** The graph in which weights and biases of everything that makes or carries the given units are 0. */
function silenced(graph: Graph, { groups }: ChannelGroups, units: RemovedUnits): Graph {
  const values = new Map(graph.values);
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  for (const { id, producers } of groups) {
    for (const { node, weights, weightsAxis, channelsOf } of producers) {
      const rows = new Set([...(units.get(id) ?? [])].flatMap((unit) => [...channelsOf(unit)]));
      for (const [input, axis] of [
        [weights, weightsAxis],
        [weights + 1, 0],
      ] as const) {
        const value = values.get(nodes.get(node)?.inputs[input] ?? valueId(-1));
        if (value === undefined || value.data === null) continue;
        const { data } = withZeros({ type: value.type, data: value.data }, axis, rows);
        values.set(value.id, { ...value, data });
      }
    }
  }
  return { ...graph, values };
}

function difference(wanted: Graph, found: Graph): string | null {
  const inputs = randomInputs(wanted, 4);
  const results = fastExecutor(found)(inputs);
  const outputs = fastExecutor(wanted)(inputs);
  for (const [i, tensor] of outputs.entries()) {
    const actual = results[i];
    if (actual === undefined) return `output ${i} is missing`;
    const { difference: differs } = compareTensors(tensor, actual, tensor.type.dtype === 'float32' ? tolerance : 0);
    if (differs !== null) return `output ${i}: ${JSON.stringify(differs)}`;
  }
  return null;
}
