import { describe, expect, it } from 'vitest';
import { floatTwin } from '../../../bench/wasm/float-twin.ts';
import { importModel } from '../../../converter/pipeline.ts';
import { hasShared, readShared } from '../../support/shared.ts';

describe.skipIf(!hasShared)('the float twin of a quantized model', () => {
  const twin = floatTwin(
    hasShared ? new Uint8Array(readShared('models/tflite/mobilenet_v1_0.25_128_quant.tflite')) : new Uint8Array(),
    'm.tflite',
  );
  const summary = (file: Uint8Array, name: string) => {
    const graph = importModel(file, name);
    const constants = [...graph.values.values()].flatMap(({ type, data }) =>
      data === null || type.dtype !== 'float32' ? [] : [data.length],
    );
    const types = graph.nodes.map(({ op }) => op.type).filter((type) => type !== 'reshape' && type !== 'transpose');
    return { types, weights: constants.reduce((sum, length) => sum + length, 0) };
  };

  it('has the layers of the file as floats, in both formats', () => {
    const tflite = summary(twin.tflite, 'twin.tflite');
    expect(tflite.types.filter((type) => type === 'conv-2d')).toHaveLength(15);
    expect(tflite.types.filter((type) => type === 'depthwise-conv-2d')).toHaveLength(13);
    expect(tflite.types).not.toContain('requantize');
    expect(tflite.weights).toBeGreaterThan(400_000);
    const onnx = summary(twin.onnx, 'twin.onnx');
    expect(onnx.types.filter((type) => type !== 'map')).toEqual(tflite.types);
  });
});
