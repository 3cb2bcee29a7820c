import type { TensorType } from '../../../tensor/tensor.ts';
import type { Encoding, IntegerFormat } from '../format.ts';
import type { OperandRole, QuantizationRule } from './rule.ts';

const everyFormat: readonly IntegerFormat[] = ['int8', 'int16'];

const none = () => null;
const data = (): OperandRole => 'data';

/** [input, weights, bias]: convolutions and fully connected layers. */
export function product<A>(channelAxis: (weights: TensorType) => number): QuantizationRule<A> {
  return {
    formats: everyFormat,
    role: (index) => (index === 0 ? 'data' : index === 1 ? 'weights' : 'bias'),
    isTied: () => false,
    output: none,
    channelAxis: (inputs) => (inputs[1] === undefined ? null : channelAxis(inputs[1])),
  };
}

/** Elements are moved or picked: one scale for all of them. `others` are the operands that hold no elements. */
export function moves<A>(others: readonly number[] = [], formats = everyFormat): QuantizationRule<A> {
  return {
    formats,
    role: (index) => (others.includes(index) ? 'other' : 'data'),
    isTied: () => true,
    output: none,
    channelAxis: none,
  };
}

/** Every operand and the output has its own scale. */
export function computes<A>(
  formats: readonly IntegerFormat[] = everyFormat,
  output: (attributes: A, format: IntegerFormat) => Encoding | null = none,
  isTied: (attributes: A) => boolean = () => false,
): QuantizationRule<A> {
  return { formats, role: data, isTied, output, channelAxis: none };
}

/** Real numbers only. */
export function staysReal<A>(): QuantizationRule<A> {
  return { formats: [], role: () => 'other', isTied: () => false, output: none, channelAxis: none };
}
