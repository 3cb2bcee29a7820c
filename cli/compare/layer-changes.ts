import { formatCount } from '../output/text.ts';
import type { Report, ReportLayer } from '../report/schema.ts';
import { matchLayers } from './match-layers.ts';

/** A layer as it is told of. */
export interface LayerFact {
  readonly index: number;
  readonly name: string;
  readonly operator: string;
  readonly macs: number;
  readonly parameterBytes: number;
}

/** A layer that one report has and the other has not, or has otherwise. */
export interface LayerChange {
  readonly kind: 'added' | 'removed' | 'changed';
  readonly before: LayerFact | null;
  readonly after: LayerFact | null;
  /** What changed, in words. */
  readonly what: readonly string[];
}

/** The error of a layer against the model before, as squared error over variance; null where it is not known. */
export interface ErrorChange {
  readonly name: string;
  readonly before: number | null;
  readonly after: number;
  readonly snrDb: number | null;
}

/** A layer in both reports; null in the one that lacks it. */
export interface LayerPair {
  readonly before: ReportLayer | null;
  readonly after: ReportLayer | null;
}

/** All layers of two reports side by side: those of the first in their order, then what the second has more. */
export function pairLayers(before: Report, after: Report): readonly LayerPair[] {
  const [left, right] = [before.graph.layers, after.graph.layers];
  const matches = new Map(matchLayers(left, right));
  const taken = new Set(matches.values());
  return [
    ...left.map((layer, i): LayerPair => {
      const j = matches.get(i);
      return { before: layer, after: j === undefined ? null : (right[j] ?? null) };
    }),
    ...right.flatMap((layer, j): readonly LayerPair[] => (taken.has(j) ? [] : [{ before: null, after: layer }])),
  ];
}

/** Layers that differ: those with the greatest difference in MACs first, then in parameters. */
export function layerChanges(pairs: readonly LayerPair[], before: Report, after: Report): readonly LayerChange[] {
  const changes = pairs.flatMap((pair): readonly LayerChange[] => {
    const facts = { before: factOf(pair.before), after: factOf(pair.after) };
    if (pair.before === null) return [{ kind: 'added', ...facts, what: [] }];
    if (pair.after === null) return [{ kind: 'removed', ...facts, what: [] }];
    const what = differences(pair.before, pair.after, before, after);
    return what.length === 0 ? [] : [{ kind: 'changed', ...facts, what }];
  });
  const weight = ({ before: a, after: b }: LayerChange, of: 'macs' | 'parameterBytes') =>
    Math.abs((b?.[of] ?? 0) - (a?.[of] ?? 0));
  return changes.sort(
    (a, b) => weight(b, 'macs') - weight(a, 'macs') || weight(b, 'parameterBytes') - weight(a, 'parameterBytes'),
  );
}

function factOf(layer: ReportLayer | null): LayerFact | null {
  if (layer === null) return null;
  const { index, name, operator, macs, parameterBytes } = layer;
  return { index, name, operator, macs, parameterBytes };
}

/** What is different about a layer, in words; its name and what it is fused with do not count. */
function differences(a: ReportLayer, b: ReportLayer, before: Report, after: Report): readonly string[] {
  const facts: readonly (readonly [string, string, string])[] = [
    ['', a.operator, b.operator],
    ['', schemeText(a), schemeText(b)],
    ['output ', shapesText(a, before), shapesText(b, after)],
    ['MACs ', formatCount(a.macs), formatCount(b.macs)],
    ['parameters ', `${formatCount(a.parameterBytes)} B`, `${formatCount(b.parameterBytes)} B`],
    ['pruned ', prunedText(a), prunedText(b)],
  ];
  return facts.flatMap(([title, from, to]) => (from === to ? [] : [`${title}${from} to ${to}`]));
}

function schemeText({ quantization: { scheme, granularity } }: ReportLayer): string {
  return granularity === null ? scheme : `${scheme} per ${granularity}`;
}

function shapesText({ outputs }: ReportLayer, { graph: { tensors } }: Report): string {
  return outputs.map((index) => tensors[index]?.shape.join('x') ?? '?').join(', ');
}

function prunedText({ pruned }: ReportLayer): string {
  return pruned === null ? 'not' : `${pruned.before} to ${pruned.after} channels`;
}

/** Layers whose error differs, with the worst of the second report first; what the second does not tell is left out. */
export function errorChanges(pairs: readonly LayerPair[], before: Report, after: Report): readonly ErrorChange[] {
  const [left, right] = [errorsOf(before), errorsOf(after)];
  const changes = pairs.flatMap((pair): readonly ErrorChange[] => {
    const now = pair.after === null ? undefined : right.get(pair.after.index);
    if (pair.after === null || now === undefined) return [];
    const earlier = pair.before === null ? null : (left.get(pair.before.index)?.error ?? null);
    if (earlier === now.error) return [];
    return [{ name: pair.after.name, before: earlier, after: now.error, snrDb: now.snrDb }];
  });
  return changes.sort((a, b) => b.after - a.after);
}

function errorsOf({
  accuracy,
}: Report): ReadonlyMap<number, { readonly error: number; readonly snrDb: number | null }> {
  return new Map((accuracy?.layers ?? []).map((layer) => [layer.index, layer]));
}
