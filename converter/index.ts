/**
 * The library: model bytes in, files out. Everything here is pure; nothing touches disk, processes or network.
 *
 *     const graph = optimizeGraph(importModel(bytes, 'digits.tflite')).graph;
 *     const { artifacts, plan } = convertToC(graph, packageOptions('digits'));
 *
 * Channels out of a float model, with inputs like those that it will meet and no labels:
 *
 *     const goal: Goal = { kind: 'macs', text: 'half of the work', bound: { share: 0.5 } };
 *     const context = { samples, execute: referenceExecutor, judge: judgeOf(graph, [], referenceExecutor, null), onProgress: () => {} };
 *     const pruned = pruneGraph(graph, { ...defaultPruneOptions, goals: [goal] }, context);
 *     if (!pruned.outcomes.every(({ met }) => met)) ...
 *
 * From real numbers to integers, and out again as a model file:
 *
 *     const quantized = quantizeGraph(graph, samples, referenceExecutor);
 *     const file = exportOnnx(quantized.graph, '1.0.0');
 */
export type { Artifact } from './backends/artifact.ts';
export type { CMemoryUse } from './backends/c/memory-use.ts';
export { type Comparison, compareTensors, type Difference, floatTolerance } from './compare.ts';
export { type Executor, type RunGraph, referenceExecutor } from './compress/executor.ts';
export { type DescribedGroups, describeGroups } from './compress/prune/groups/describe.ts';
export { findChannelGroups } from './compress/prune/groups/find.ts';
export type { ChannelGroups } from './compress/prune/groups/types.ts';
export { type ScoreName, scoreNames } from './compress/prune/importance/table.ts';
export { defaultPruneOptions, type PruneOptions } from './compress/prune/options.ts';
export { type PruneContext, type PrunedGraph, pruneGraph } from './compress/prune/prune-graph.ts';
export { type CurvePoint, type Judge, judgeOf } from './compress/prune/report/judge.ts';
export type { Goal, GoalOutcome, Probe } from './compress/prune/targets/goal.ts';
export { type Variation, variationNames } from './compress/prune/tune/vary.ts';
export type { Sample } from './compress/quantize/calibrate.ts';
export { dequantizeGraph } from './compress/quantize/dequantize-graph.ts';
export type { ActivationFormat } from './compress/quantize/format.ts';
export {
  allRemedies,
  defaultQuantizeOptions,
  type LayerFormat,
  noRemedies,
  type QuantizeOptions,
  type RangeMethod,
  type Remedies,
} from './compress/quantize/options.ts';
export { type OnProgress, type QuantizedGraph, quantizeGraph } from './compress/quantize/quantize-graph.ts';
export { compareOutputs, type JudgedSample, type OutputReport } from './compress/quantize/report/outputs.ts';
export { type TensorError, tensorErrors } from './compress/quantize/report/tensor-errors.ts';
export { exportOnnx } from './exporters/onnx/export.ts';
export { exportTflite } from './exporters/tflite/export.ts';
export { type Imported, type ImportOptions, type InputLayout, noImportOptions } from './frontends/options.ts';
export { evaluateGraph } from './ir/evaluate.ts';
export { exposeTensors } from './ir/expose.ts';
export { type Graph, type Node, type NodeId, type Port, typeOf, type Value, type ValueId } from './ir/graph.ts';
export { parseGraph } from './ir/parse.ts';
export { printGraph } from './ir/print.ts';
export type { AppliedPatch, RewriteResult } from './ir/rewrite.ts';
export { type PackageOptions, packageOptions } from './package-options.ts';
export { narrowWeights, widenWeights } from './passes/narrow-weights.ts';
export {
  type CConversion,
  type Conversion,
  convertToC,
  convertToWasm,
  importModel,
  importModelWithNotes,
  modelName,
  optimizeGraph,
  type PlannedProgram,
  planProgram,
  type WasmConversion,
} from './pipeline.ts';
export type { KernelNeeds } from './plan/lower.ts';
export type { MemoryPlan, Placement } from './plan/plan.ts';
export { printPlan, printProgram } from './plan/print.ts';
export type { Program, ProgramPort, Step } from './plan/program.ts';
export { formatNote, formatProblem, InternalError, type Note, type Problem, ProblemError } from './problem.ts';
export { randomInputs, randomTensor } from './random-inputs.ts';
export { countRules, type ModelSummary, type OperatorSummary, type PortSummary, summarize } from './summary.ts';
export { type DType, dtypeBytes, fromBytes, type TensorData, toBytes } from './tensor/dtype.ts';
export { notQuantized, perTensor, type Quantization } from './tensor/quantization.ts';
export type { Rounding } from './tensor/requantize.ts';
export { elementCount, formatShape, type Shape } from './tensor/shape.ts';
export { byteSize, formatType, type Tensor, type TensorType, tensorType } from './tensor/tensor.ts';
