/**
 * Quantized models that may miss 1e-4, with the part of the largest magnitude by which they may: four units of the output. They average
 * windows of 2x2 stored integers, where a quarter of the sums are ties. onnxruntime sums float32 numbers there, whose last bits decide a
 * tie; added in its order (rows first) as float32, the outputs are equal to the bit. Integers keep ties as they are.
 */
export const tiedAverages: ReadonlyMap<string, number> = new Map([
  ['models/onnx_export/densenet_mini_ts_op17_qdq_pc.onnx', 0.045],
  ['models/onnx_export/test_resnet_ts_op13_qdq_pc.onnx', 0.05],
]);
