import { type Problem, ProblemError } from '../../problem.ts';
import { OperatorContext, type Translation } from './context.ts';
import { computedAs } from './dtype.ts';
import { readsOf } from './format/check-flow.ts';
import { type OnnxAttribute, type OnnxFunction, type OnnxGraph, type OnnxNode, onnxDtype } from './format/model.ts';
import { nodePlace, operatorName } from './format/problems.ts';
import { functionKey } from './format/read.ts';
import { refusalOf } from './ops/refused.ts';
import { adviceFor, translations } from './ops/table.ts';
import { checkFunctionOpsets } from './opset.ts';
import type { Scope } from './scope.ts';
import { absent, type Bound, isOperand } from './value.ts';

/** Graphs inside of graphs and functions that call functions may go this deep. */
const depthLimit = 100;

/**
 * Translates the nodes of a graph whose inputs its scope has. Every node that cannot be translated adds to `problems`; the nodes
 * that depend on it are left out.
 */
export function translateNodes(scope: Scope, translation: Translation, problems: Problem[]): void {
  const isKnown = (name: string) => name === '' || scope.find(name) !== null;
  for (const stored of scope.nodes) {
    if (!readsOf(stored).every(isKnown)) continue; // follows a node in `problems`
    try {
      if (scope.depth > 0) translation.budget.spend(`${nodePlace(stored)}${scope.place}`);
      translateNode(withArguments(stored, scope.call), scope, translation);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      problems.push(...error.problems);
      // No more problems of a file that unfolds without end, once for each of its operators.
      if (error.problems.some(({ code }) => code === 'onnx-unrolled')) return;
    }
  }
}

function translateNode(node: OnnxNode, scope: Scope, translation: Translation): void {
  const called = functionOf(node, translation.functions);
  const context = new OperatorContext(node, translation, scope);
  if (called !== undefined) {
    callFunction(context, called, scope, translation);
    return;
  }
  const translate = translations.get(operatorName(node));
  if (translate === undefined) throw new ProblemError(unknownOperator(node, scope.place));
  translate(context);
  context.checkUsed();
  if (node.opType === 'Cast') noteCast(node, scope, translation);
}

/** The function of the model that a node calls. It goes before an operator of the same name. */
export function functionOf(
  { domain, opType, overload }: OnnxNode,
  functions: ReadonlyMap<string, OnnxFunction>,
): OnnxFunction | undefined {
  return functions.get(functionKey(domain, opType, overload));
}

export function unknownOperator(node: OnnxNode, placeSuffix: string): Problem {
  const name = operatorName(node);
  const refusal = refusalOf(node);
  return {
    code: 'unsupported-operator',
    where: `${nodePlace(node)}${placeSuffix}`,
    what: `the operator ${name} is not supported${refusal === null ? '' : `: ${refusal.what}`}`,
    advice: refusal?.advice ?? adviceFor(node),
  };
}

/** The translation of a graph that stands for a node, to be part of {@link Translation}. */
export function translateGraph(graph: OnnxGraph, scope: Scope, translation: Translation): readonly Bound[] {
  if (scope.depth > depthLimit) {
    throw new ProblemError({
      code: 'onnx-unrolled',
      where: `graph "${graph.name}"`,
      what: `graphs and functions go more than ${depthLimit} deep`,
      advice: 'export the model without so many levels',
    });
  }
  const problems: Problem[] = [];
  translateNodes(scope, translation, problems);
  if (problems.length > 0) throw new ProblemError(problems);
  // A name without a value follows a sequence or an optional that is absent.
  return graph.outputs.map(({ name }) => boundOf(name, scope, translation) ?? absent);
}

/** What a name stands for, stored tensors included, outside of any node. */
export function boundOf(name: string, scope: Scope, translation: Translation): Bound | null {
  const found = scope.find(name);
  if (found === null || !('bytes' in found)) return found;
  const reader: OnnxNode = {
    index: 0,
    name: '',
    opType: 'output',
    domain: '',
    opset: 1,
    inputs: [name],
    outputs: [name],
    captured: [],
    overload: '',
    attributes: new Map(),
  };
  return new OperatorContext(reader, translation, scope).bound(0);
}

/** A call is the body of the function in a scope of its own: it sees its inputs and attributes, and nothing else. */
function callFunction(context: OperatorContext, called: OnnxFunction, scope: Scope, translation: Translation): void {
  const { node, place } = context;
  const { body, attributes, defaults } = called;
  const unknown = [...node.attributes.keys()].find((name) => !attributes.has(name));
  if (unknown !== undefined) throw context.unsupported(`the function has no attribute ${unknown}`, 'leave it out');
  if (node.inputs.length > body.inputs.length) throw context.invalid(`the function has ${body.inputs.length} inputs`);
  if (node.outputs.length > body.outputs.length)
    throw context.invalid(`the function has ${body.outputs.length} outputs`);
  checkFunctionOpsets(called, place);
  const call = new Map([...defaults, ...node.attributes]);
  const label = node.name === '' ? (node.outputs.find((name) => name !== '') ?? '') : node.name;
  const surroundings = { tag: `/${label}`, place: ` in ${place}`, outer: null };
  const inner = scope.inner(body, surroundings, call);
  body.inputs.forEach(({ name }, i) => {
    inner.set(name, context.bound(i));
  });
  translateGraph(body, inner, translation).forEach((value, i) => {
    context.bind(value, i);
  });
}

/** The node with the attributes of the call in place of references to them; those that the call does not give are absent. */
function withArguments(node: OnnxNode, call: ReadonlyMap<string, OnnxAttribute>): OnnxNode {
  if (![...node.attributes.values()].some(({ kind }) => kind === 'reference')) return node;
  const attributes = new Map<string, OnnxAttribute>();
  for (const [name, attribute] of node.attributes) {
    const value = attribute.kind === 'reference' ? call.get(attribute.name) : attribute;
    if (value !== undefined) attributes.set(name, value);
  }
  return { ...node, attributes };
}

/** A cast to a kind of float that is computed as float32 changes nothing, which the user should know. */
function noteCast(node: OnnxNode, scope: Scope, { narrowed }: Translation): void {
  const to = node.attributes.get('to');
  const dtype = to?.kind === 'int' ? onnxDtype(Number(to.value)) : null;
  const result = scope.find(node.outputs[0] ?? '');
  const isComputed = result !== null && !('bytes' in result) && isOperand(result) && result.tensor === null;
  if (dtype !== null && isComputed && computedAs(dtype) !== null) narrowed.add(dtype);
}
