import type { Problem } from '../../problem.ts';
import type { OnnxFunction, OnnxGraph, OnnxNode } from './format/model.ts';
import { operatorName } from './format/problems.ts';
import { translations } from './ops/table.ts';
import { functionOf, unknownOperator } from './translate.ts';

/**
 * A problem for every operator that is not known, those in functions and loops included, and for functions that call themselves.
 * The branches of an If wait until one of them is chosen.
 *
 * @param live the nodes of the main graph that count
 */
export function unknownOperators(live: readonly OnnxNode[], functions: ReadonlyMap<string, OnnxFunction>): Problem[] {
  const problems: Problem[] = [];
  const called = new Set<OnnxFunction>();
  collect(live, '');
  // A set goes on over what is added to it meanwhile.
  for (const { key, body } of called) collect(body.nodes, ` in function ${key}`);
  problems.push(...recursions(called, functions));
  return problems;

  function collect(nodes: readonly OnnxNode[], placeSuffix: string): void {
    for (const node of nodes) {
      const callee = functionOf(node, functions);
      if (callee !== undefined) called.add(callee);
      else if (!translations.has(operatorName(node))) problems.push(unknownOperator(node, placeSuffix));
      if (node.opType === 'If') continue;
      for (const graph of subGraphs(node)) collect(graph.nodes, placeSuffix);
    }
  }
}

function subGraphs(node: OnnxNode): OnnxGraph[] {
  return [...node.attributes.values()].flatMap((attribute) => (attribute.kind === 'graph' ? [attribute.value] : []));
}

/** Functions that call themselves, directly or through others: what is left when those that call no other are taken away in turn. */
function recursions(called: ReadonlySet<OnnxFunction>, functions: ReadonlyMap<string, OnnxFunction>): Problem[] {
  const waiting = new Map<OnnxFunction, number>();
  const callers = new Map<OnnxFunction, OnnxFunction[]>();
  for (const caller of called) {
    const callees = new Set(allNodes(caller.body).flatMap((node) => functionOf(node, functions) ?? []));
    waiting.set(caller, callees.size);
    for (const callee of callees) callers.set(callee, [...(callers.get(callee) ?? []), caller]);
  }
  const ready = [...waiting.keys()].filter((one) => waiting.get(one) === 0);
  for (let one = ready.pop(); one !== undefined; one = ready.pop()) {
    waiting.delete(one);
    for (const caller of callers.get(one) ?? []) {
      const left = (waiting.get(caller) ?? 0) - 1;
      waiting.set(caller, left);
      if (left === 0) ready.push(caller);
    }
  }
  return [...waiting.keys()].map(({ key }) => ({
    code: 'onnx-recursion',
    where: `function ${key}`,
    what: 'it calls itself, or functions that call themselves',
    advice: 'define the functions of the model without recursion, as ONNX asks for',
  }));
}

function allNodes(graph: OnnxGraph): OnnxNode[] {
  return graph.nodes.flatMap((node) => [node, ...subGraphs(node).flatMap(allNodes)]);
}
