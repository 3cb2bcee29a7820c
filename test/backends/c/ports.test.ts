import { describe, test } from 'vitest';
import { GraphBuilder } from '../../../converter/ir/builder.ts';
import type { Op } from '../../../converter/ops/op.ts';
import { tensorType } from '../../../converter/tensor/tensor.ts';
import { needTool } from '../../support/tools.ts';
import { singleNode } from '../wasm/run-graph.ts';
import { expectSameAsReference, SANITIZED } from './batch.ts';

const type = tensorType('float32', [4]);
const constant = { type, data: new Float32Array([1, 2, 3, 5]) };
const softmax: Op = { type: 'softmax', attributes: { beta: 1 } };
const subtract: Op = { type: 'zip', attributes: { fn: 'sub', clamp: { min: -Infinity, max: Infinity } } };

/** x - softmax(constant): the constant is the input of layer 0, x that of the model. */
function constantFirst() {
  const builder = new GraphBuilder();
  const x = builder.input('x', type);
  const part = builder.node('softmax', softmax, [builder.constant('constant', constant)], type, 'part');
  builder.output('y', builder.node('subtract', subtract, [x, part], type, 'result'));
  return builder.build('single', 'test', 'exact');
}

describe.skipIf(!needTool('gcc').available)('ports of a package', () => {
  test('a model without inputs, and a constant as the input of layer 0', async () => {
    await expectSameAsReference(
      [
        { name: 'no input', graph: singleNode(softmax, [constant], type), inputs: [] },
        { name: 'constant first', graph: constantFirst(), inputs: [{ type, data: new Float32Array([3, 1, 4, 1]) }] },
      ],
      SANITIZED,
    );
  });
});
