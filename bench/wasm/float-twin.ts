import { dequantizeGraph } from '../../converter/compress/quantize/dequantize-graph.ts';
import { exportOnnx } from '../../converter/exporters/onnx/export.ts';
import { exportTflite } from '../../converter/exporters/tflite/export.ts';
import { withInputLayout } from '../../converter/frontends/input-layout.ts';
import { importModel, optimizeGraph } from '../../converter/pipeline.ts';

/** The float32 network of a quantized one: the same layers with the weights that it stands for. */
export interface FloatTwin {
  readonly tflite: Uint8Array;
  /** Its input has the channels first, as models of this format have it. */
  readonly onnx: Uint8Array;
}

/** The version that the files name as that of their maker. */
const version = 'bench';

/** The float twin of a quantized TFLite model. Throws ProblemError with every layer that has no float form, or none in a format. */
export function floatTwin(file: Uint8Array, name: string): FloatTwin {
  const { graph } = optimizeGraph(dequantizeGraph(importModel(file, name)));
  const { graph: channelsFirst } = withInputLayout({ graph, notes: [] }, 'nhwc', 'nchw');
  return { tflite: exportTflite(graph, version), onnx: exportOnnx(channelsFirst, version) };
}
