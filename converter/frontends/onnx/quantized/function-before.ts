import { constantOf, type Graph, isNode, typeOf, type Uses, type ValueId } from '../../../ir/graph.ts';
import type { BinaryFunction, ScalarExpression } from '../../../ops/scalar-expression.ts';
import { constant, theVariable } from '../../../ops/scalar-expression.ts';
import { elementCount, shapesEqual } from '../../../tensor/shape.ts';
import { sizeOf, substitute } from './chain.ts';

/** A function of stored integers, each on its own. */
export interface StoredFunction {
  /** The stored integers. */
  readonly stored: ValueId;
  readonly expression: ScalarExpression;
  /** The operator that gives the result, in the user's words. */
  readonly place: string;
}

/** Functions of two numbers that an expression has. */
const scalarFunctions: readonly BinaryFunction[] = ['add', 'sub', 'mul', 'div', 'max', 'min'];

/** No function that is written takes more. */
const expressionLimit = 200;

/** Real numbers as a function of one dequantized tensor, whatever way the operators between take; null where they are none. */
export function functionBefore(graph: Graph, uses: Uses, id: ValueId): StoredFunction | null {
  const shape = typeOf(graph, id).shape;
  const known = new Map<ValueId, StoredFunction | null>();
  const functionOf = (value: ValueId): StoredFunction | null => {
    const found = known.get(value);
    if (found !== undefined) return found;
    known.set(value, null);
    const made = make(value);
    const result = made !== null && sizeOf(made.expression) <= expressionLimit ? made : null;
    known.set(value, result);
    return result;
  };
  const make = (value: ValueId): StoredFunction | null => {
    const node = uses.producer.get(value);
    const [a, b] = node?.inputs ?? [];
    if (node === undefined || a === undefined || !shapesEqual(typeOf(graph, value).shape, shape)) return null;
    if (node.op.type === 'dequantize') return { stored: a, expression: theVariable, place: node.name };
    if (isNode(node, 'map')) {
      const inner = functionOf(a);
      const { expression } = node.op.attributes;
      return inner === null
        ? null
        : { ...inner, expression: substitute(expression, inner.expression), place: node.name };
    }
    if (!isNode(node, 'zip') || b === undefined) return null;
    const { fn, clamp } = node.op.attributes;
    const scalar = scalarFunctions.find((name) => name === fn);
    if (scalar === undefined || Number.isFinite(clamp.min) || Number.isFinite(clamp.max)) return null;
    const [left, right] = [sideOf(a), sideOf(b)];
    const stored = left?.stored ?? right?.stored;
    if (left === null || right === null || stored == null) return null;
    if ((left.stored ?? stored) !== stored || (right.stored ?? stored) !== stored) return null;
    const expression = { kind: 'binary', fn: scalar, a: left.expression, b: right.expression } as const;
    return { stored, expression, place: node.name };
  };
  const sideOf = (
    value: ValueId,
  ): { readonly stored: ValueId | null; readonly expression: ScalarExpression } | null => {
    const number = constantOf(graph, value);
    if (number === null) return functionOf(value);
    return elementCount(number.type.shape) === 1
      ? { stored: null, expression: constant(Number(number.data[0])) }
      : null;
  };
  return functionOf(id);
}
