import type { ValueId } from '../../../ir/graph.ts';
import { quantizationsEqual } from '../../../tensor/quantization.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';
import { fusedClamp } from './activation.ts';
import { allInputs, resolveAxis } from './axis.ts';

function join(context: OperatorContext, inputs: readonly ValueId[], axis: number): void {
  const output = context.outputType(0);
  const operands = inputs.map((id) => {
    const type = context.type(id);
    if (type.dtype !== 'int8' || quantizationsEqual(type.quantization, output.quantization)) return id;
    // The TFLite int8 kernel demands equal parameters; the uint8 one rescales in float32, which is not this requantize.
    throw context.unsupported(
      `input "${context.name(id)}" has another scale or zero point than the output`,
      'quantize the model again, so that all inputs of a concatenation share their parameters',
    );
  });
  context.output(0, { type: 'concat', attributes: { axis } }, operands);
}

export const concatenation: TranslateOperator = (context) => {
  const options = context.options('ConcatenationOptions');
  const clamp = fusedClamp(context, options.fused_activation_function);
  if (Number.isFinite(clamp.min))
    throw context.unsupported('a fused activation after CONCATENATION is not supported', 'move it');
  const rank = context.type(context.input(0)).shape.length;
  join(context, allInputs(context), resolveAxis(context, options.axis, rank));
};

/** PACK: each input gets a new axis of size 1, along which they are joined. */
export const pack: TranslateOperator = (context) => {
  const { axis } = context.options('PackOptions');
  const rank = context.type(context.input(0)).shape.length;
  const position = resolveAxis(context, axis, rank + 1);
  const views = allInputs(context).map((id) => context.reshape(id, context.type(id).shape.toSpliced(position, 0, 1)));
  join(context, views, position);
};
