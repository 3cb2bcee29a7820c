import { expect } from 'vitest';
import { parseGraph } from '../../converter/ir/parse.ts';
import { printGraph } from '../../converter/ir/print.ts';
import { type Rule, rewrite } from '../../converter/ir/rewrite.ts';
import { graphViolations } from '../../converter/ir/verify.ts';
import { dropUnusedConstants } from '../../converter/passes/dead-code.ts';
import { expectSameOnRandomInputs } from '../ir/same-results.ts';

const header = 'graph "g" producer="" rounding=exact\n';

/** Attributes that occur often in graph texts. */
export const none = '{"max":"inf","min":"-inf"}';
export const relu =
  'map(%IN) {"expression":{"a":{"kind":"x"},"b":{"kind":"constant","value":0},"fn":"max","kind":"binary"}}';

/** `relu(%3)` as it stands in a graph text. */
export function reluOf(value: string): string {
  return relu.replace('%IN', value);
}

/** The rule makes the second text of the first, and the results stay. Constants that nobody reads are not shown. */
export function expectRewrite(rule: Rule, before: string, after: string): void {
  const graph = parseGraph(header + before);
  expect(graphViolations(graph)).toEqual([]);
  const result = rewrite(graph, [rule]);
  expect(result.applied.map((patch) => patch.rule)).toContain(rule.name);
  expect(printGraph(dropUnusedConstants(result.graph))).toBe(`${header}${after.trim()}\n`);
  expectSameOnRandomInputs(graph, result.graph, rule.name);
}

/** The rule leaves the graph alone. */
export function expectNoRewrite(rule: Rule, text: string): void {
  const graph = parseGraph(header + text);
  expect(graphViolations(graph)).toEqual([]);
  expect(rewrite(graph, [rule]).applied).toEqual([]);
}
