import type { OperatorWriter } from '../operator-writer.ts';
import { typeCode } from '../type-code.ts';

/** To stored integers, and from one scale to another. */
export function quantize(writer: OperatorWriter): void {
  writer.whole('QUANTIZE', [writer.input(0)], { type: 'QuantizeOptions', value: {} });
}

export function dequantize(writer: OperatorWriter): void {
  writer.whole('DEQUANTIZE', [writer.input(0)], { type: 'DequantizeOptions', value: {} });
}

export function cast(writer: OperatorWriter): void {
  const [from, to] = [typeCode(writer.inputType(0)), typeCode(writer.outputType())];
  writer.whole('CAST', [writer.input(0)], { type: 'CastOptions', value: { in_data_type: from, out_data_type: to } });
}
