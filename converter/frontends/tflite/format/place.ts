import type { TfliteOperator, TfliteTensor } from './model.ts';
import { quoteName } from './problems.ts';

/** `tensor 12 "conv1/bias"`. */
export function tensorPlace(tensor: Pick<TfliteTensor, 'index' | 'name'>): string {
  return `tensor ${tensor.index} ${quoteName(tensor.name)}`;
}

/** `CONV_2D #12 "name of its first output"`, the way operators are called in messages. */
export function operatorPlace(operator: TfliteOperator, tensors: readonly TfliteTensor[]): string {
  const name = operator.customCode === null ? operator.name : `${operator.name} ${quoteName(operator.customCode)}`;
  const output = tensors[operator.outputs[0] ?? -1];
  return output === undefined ? `${name} #${operator.index}` : `${name} #${operator.index} ${quoteName(output.name)}`;
}

/** Begins the place of everything in a subgraph; empty for a model's only subgraph. */
export function subgraphPrefix(index: number, name: string, subgraphCount: number): string {
  return subgraphCount === 1 ? '' : `subgraph ${index} ${quoteName(name)}, `;
}
