import { perTensor, type Quantization } from '../../../tensor/quantization.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { internalTensor } from '../dtype.ts';
import type { OnnxGraph, OnnxNode } from '../format/model.ts';

const movers: ReadonlySet<string> = new Set([
  'Reshape',
  'Transpose',
  'Identity',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  'MaxPool',
  'Slice',
  'Pad',
]);

/**
 * The scale and zero point of each integer input of the model: those of the first DequantizeLinear that reads it, directly or through
 * operators that only move elements. Inputs that nothing dequantizes with one constant scale are not listed.
 */
export function inputQuantizations(
  { inputs, initializers }: OnnxGraph,
  nodes: readonly OnnxNode[],
): ReadonlyMap<string, Quantization> {
  const constants = new Map<string, Tensor>();
  for (const node of nodes) {
    const value = node.opType === 'Constant' ? node.attributes.get('value') : undefined;
    const tensor = value?.kind === 'tensor' ? internalTensor(value.value) : null;
    if (tensor !== null) constants.set(node.outputs[0] ?? '', tensor);
  }
  const number = (name: string | undefined): number | null => {
    const stored = initializers.get(name ?? '');
    const tensor = stored === undefined ? constants.get(name ?? '') : internalTensor(stored);
    if (tensor == null || tensor.data.length !== 1) return null;
    return Number(tensor.data[0]);
  };
  const origin = new Map(
    inputs
      .filter(({ dtype }) => dtype === 'int8' || dtype === 'uint8' || dtype === 'int16')
      .map(({ name }) => [name, name]),
  );
  const found = new Map<string, Quantization>();
  for (const { opType, inputs: operands, outputs } of nodes) {
    const [data = '', scaleName, zeroName = ''] = operands;
    const from = origin.get(data);
    if (from === undefined) continue;
    if (movers.has(opType)) origin.set(outputs[0] ?? '', from);
    if (opType !== 'DequantizeLinear' || found.has(from)) continue;
    const [scale, zeroPoint] = [number(scaleName), zeroName === '' ? 0 : number(zeroName)];
    if (scale !== null && scale > 0 && Number.isFinite(scale) && zeroPoint !== null)
      found.set(from, perTensor(scale, zeroPoint));
  }
  return found;
}
