/**
 * The library: model bytes in, files out. Everything here is pure; nothing touches disk, processes or network.
 *
 *     const graph = optimizeGraph(importModel(bytes, 'digits.tflite')).graph;
 *     const { artifacts, plan } = convertToC(graph, packageOptions('digits'));
 */
export type { Artifact } from './backends/artifact.ts';
export type { CMemoryUse } from './backends/c/memory-use.ts';
export { type Comparison, compareTensors, type Difference, floatTolerance } from './compare.ts';
export { type Imported, type ImportOptions, type InputLayout, noImportOptions } from './frontends/options.ts';
export { evaluateGraph } from './ir/evaluate.ts';
export { exposeTensors } from './ir/expose.ts';
export { type Graph, type Node, type NodeId, type Port, typeOf, type Value, type ValueId } from './ir/graph.ts';
export { parseGraph } from './ir/parse.ts';
export { printGraph } from './ir/print.ts';
export type { AppliedPatch, RewriteResult } from './ir/rewrite.ts';
export { type PackageOptions, packageOptions } from './package-options.ts';
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
