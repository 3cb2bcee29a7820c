import type { OperatorWriter } from '../operator-writer.ts';

/** From real numbers to stored integers. */
export function quantize(writer: OperatorWriter): void {
  const layout = writer.commonLayout();
  writer.remark(writer.result(writer.input(0, layout), layout), 'real');
}

/** The real numbers of stored integers are there wherever the integers are; those of float16 are another element type. */
export function dequantize(writer: OperatorWriter): void {
  if (writer.inputType(0).quantization.kind === 'none') {
    writer.result(writer.cast(writer.input(0), 'float32'));
    return;
  }
  writer.alias('plain', 'plain');
  writer.alias('channels-first', 'channels-first');
}

/** From one scale to another. */
export function requantize(writer: OperatorWriter): void {
  const layout = writer.commonLayout();
  writer.result(writer.input(0, layout), layout);
}

export function cast(writer: OperatorWriter): void {
  const layout = writer.commonLayout();
  writer.result(writer.cast(writer.input(0, layout), writer.outputType().dtype), layout);
}
