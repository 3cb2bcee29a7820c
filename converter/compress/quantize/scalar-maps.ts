import { constantOf, type Graph, isNode, type Node, typeOf, type ValueId } from '../../ir/graph.ts';
import { noClamp } from '../../ops/definition.ts';
import {
  type BinaryFunction,
  binary,
  constant,
  type ScalarExpression,
  theVariable,
} from '../../ops/scalar-expression.ts';
import { elementCount, shapesEqual } from '../../tensor/shape.ts';
import { numericData } from '../../tensor/tensor.ts';

/** Functions of two numbers that an expression has. */
const scalarFunctions: readonly BinaryFunction[] = ['add', 'sub', 'mul', 'div', 'max', 'min'];

/**
 * The graph with a function of one variable in the place of each zip with a single constant number: on int8 that is a table, exact for
 * every scale, where an integer zip would round twice and tie the scales of max and min.
 */
export function withScalarMaps(graph: Graph): Graph {
  return { ...graph, nodes: graph.nodes.map((node) => asMap(graph, node) ?? node) };
}

function asMap(graph: Graph, node: Node): Node | null {
  if (!isNode(node, 'zip')) return null;
  const { fn, clamp } = node.op.attributes;
  const [a, b] = node.inputs;
  const [output] = node.outputs;
  const known = scalarFunctions.find((name) => name === fn);
  if (known === undefined || a === undefined || b === undefined || output === undefined) return null;
  const { dtype, shape } = typeOf(graph, output);
  if (dtype !== 'float32' || clamp.min !== noClamp.min || clamp.max !== noClamp.max) return null;
  const keepsShape = (id: ValueId) => constantOf(graph, id) === null && shapesEqual(typeOf(graph, id).shape, shape);
  const [left, right] = [scalarOf(graph, a), scalarOf(graph, b)];
  if (right !== null && keepsShape(a)) return mapOf(node, a, binary(known, theVariable, constant(right)));
  if (left !== null && keepsShape(b)) return mapOf(node, b, binary(known, constant(left), theVariable));
  return null;
}

function mapOf(node: Node, input: ValueId, expression: ScalarExpression): Node {
  return { ...node, op: { type: 'map', attributes: { expression } }, inputs: [input] };
}

/** The number of a constant of one element, or null. */
function scalarOf(graph: Graph, id: ValueId): number | null {
  const tensor = constantOf(graph, id);
  return tensor === null || elementCount(tensor.type.shape) !== 1 ? null : (numericData(tensor)[0] ?? null);
}
