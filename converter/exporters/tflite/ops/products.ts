import type { Node } from '../../../ir/graph.ts';
import type { OperatorWriter } from '../operator-writer.ts';
import { biasOf } from './bias.ts';
import { withClamp } from './clamp.ts';

export function fullyConnected(writer: OperatorWriter, { attributes }: Node<'fully-connected'>['op']): void {
  withClamp(writer, attributes.clamp, (output, fused_activation_function) => {
    writer.operator('FULLY_CONNECTED', [writer.input(0), writer.input(1), biasOf(writer)], [output], {
      type: 'FullyConnectedOptions',
      value: {
        fused_activation_function,
        keep_num_dims: writer.outputType().shape.length !== 2,
        asymmetric_quantize_inputs: attributes.hybrid === 'asymmetric',
      },
    });
  });
}

export function matmul(writer: OperatorWriter, { attributes }: Node<'matmul'>['op']): void {
  writer.whole('BATCH_MATMUL', [writer.input(0), writer.input(1)], {
    type: 'BatchMatMulOptions',
    value: { adj_x: attributes.transposeA, adj_y: attributes.transposeB },
  });
}
