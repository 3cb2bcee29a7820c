import { describe, expect, it } from 'vitest';
import { referenceEngine } from '../../cli/engine/reference.ts';
import { checkEngine } from '../../cli/verify/check.ts';
import { checksText } from '../../cli/verify/render.ts';
import { GraphBuilder } from '../../converter/ir/builder.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { perTensor } from '../../converter/tensor/quantization.ts';
import type { Rounding } from '../../converter/tensor/requantize.ts';
import { type Tensor, type TensorType, tensorType } from '../../converter/tensor/tensor.ts';

const stored = tensorType('int8', [4], perTensor(0.5, 0));
const real = tensorType('float32', [4]);

/** The input as it is, and as real numbers. */
function echo(rounding: Rounding): Graph {
  const builder = new GraphBuilder();
  const x = builder.input('x', stored);
  builder.output(
    'stored',
    builder.node('same', { type: 'reshape', attributes: { shape: [4] } }, [x], stored, 'stored'),
  );
  builder.output('real', builder.node('real', { type: 'dequantize', attributes: {} }, [x], real, 'real'));
  return builder.build('echo', 'test', rounding);
}

const tensor = (type: TensorType, values: readonly number[]): Tensor => ({
  type,
  data: type.dtype === 'int8' ? Int8Array.from(values) : Float32Array.from(values),
});

async function check(rounding: Rounding, expected: readonly number[], against: 'golden' | 'reference' = 'golden') {
  const sample = {
    name: '0',
    sample: () => [tensor(stored, [1, 2, 3, 4])],
    expected: [
      tensor(stored, expected),
      tensor(
        real,
        expected.map((value) => value / 2),
      ),
    ],
  };
  const graph = echo(rounding);
  const [found] = await checkEngine(referenceEngine, graph, [{ against, samples: [sample] }], false, () => {});
  return found ?? expect.fail('no check');
}

describe('outputs one unit from those of onnxruntime', () => {
  it('are counted and reported, and are no fault', async () => {
    const found = await check('float', [1, 3, 3, 3]);
    expect(found).toMatchObject({ status: 'equal', withinOneUnit: { count: 4, of: 8 }, wrongOutput: null });
    expect(checksText('m', [found], false)).toContain('4 of 8 values within one unit (onnxruntime rounds in float)');
  });

  it('are not mentioned where there are none', async () => {
    const found = await check('float', [1, 2, 3, 4]);
    expect([found.status, found.withinOneUnit]).toEqual(['equal', null]);
    expect(checksText('m', [found], false)).not.toContain('within one unit');
  });

  it('are a fault where one is two units away', async () => {
    expect(await check('float', [1, 2, 3, 6])).toMatchObject({ status: 'differs', wrongOutput: { index: 3 } });
  });

  it('are a fault in models that are known to the bit, and against the reference', async () => {
    expect((await check('exact', [1, 3, 3, 4])).status).toBe('differs');
    expect((await check('float', [1, 3, 3, 4], 'reference')).status).toBe('differs');
  });
});
