import { type Graph, type Node, typeOf, usesOf } from '../ir/graph.ts';
import { fusedNames, type TakenUp } from '../ir/taken-up.ts';
import { opCost } from '../ops/registry.ts';
import { type ArenaOperand, int4Of, type Program, type Step } from '../plan/program.ts';
import { elementCount } from '../tensor/shape.ts';
import { byteSize } from '../tensor/tensor.ts';
import { storedBytes } from '../tensor/weight-storage.ts';
import { arithmeticOf } from './kernel.ts';

/** What became of the operators of a model file on their way to a program. */
export interface GraphOrigin {
  /** What the passes put together. */
  readonly took: readonly TakenUp[];
  /** Output channels that layers had before any left, by the names of layers. */
  readonly channels: ReadonlyMap<string, number>;
}

/** Of a graph that nothing has happened to. */
export const plainOrigin: GraphOrigin = { took: [], channels: new Map() };

/** A step of a program, as it is shown. */
export interface ProgramLayer {
  readonly index: number;
  readonly name: string;
  readonly operator: string;
  /** Names of the operators of the file that became part of it. */
  readonly fused: readonly string[];
  /** Indices of tensors. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly macs: number;
  /** Constants that no layer before reads: the sum over all layers is what the model holds. */
  readonly parameterBytes: number;
  readonly quantization: LayerQuantization;
  /** Output channels where some left. */
  readonly pruned: { readonly before: number; readonly after: number } | null;
}

/** How the numbers of a layer are kept: `int8`, `int16x8`, `int4`, `float32`, `hybrid` or its dtype; and its weights. */
export interface LayerQuantization {
  readonly scheme: string;
  readonly granularity: 'tensor' | 'channel' | 'group' | null;
}

export interface ProgramTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: number;
}

/** The steps of a program and what flows between them. */
export interface ProgramGraph {
  readonly layers: readonly ProgramLayer[];
  readonly tensors: readonly ProgramTensor[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** Channels of the results of all convolutions and products, by the names of layers. */
export function channelsOf(graph: Graph): ReadonlyMap<string, number> {
  return new Map(
    graph.nodes.flatMap(({ name, op, outputs: [output] }): [string, number][] => {
      const isProduct = op.type === 'conv-2d' || op.type === 'depthwise-conv-2d' || op.type === 'fully-connected';
      return isProduct && output !== undefined ? [[name, typeOf(graph, output).shape.at(-1) ?? 1]] : [];
    }),
  );
}

/** Nodes that have no step are views: part of the step that makes what they view, or of the one that reads it. */
function viewsOf(graph: Graph, { steps }: Program): readonly TakenUp[] {
  const { producer, consumers } = usesOf(graph);
  const left = new Set(steps.map(({ name }) => name));
  return graph.nodes.flatMap((node: Node): TakenUp[] => {
    if (left.has(node.name)) return [];
    const [input, output] = [node.inputs[0], node.outputs[0]];
    const by =
      (input === undefined ? undefined : producer.get(input)) ??
      (output === undefined ? undefined : consumers.get(output)?.[0]);
    return by === undefined ? [] : [{ name: node.name, by: by.name }];
  });
}

/** The steps of the program of a graph, with what flows between them. */
export function programGraph(program: Program, graph: Graph, { took, channels }: GraphOrigin): ProgramGraph {
  const { steps } = program;
  const fused = fusedNames([...took, ...viewsOf(graph, program)], new Set(steps.map(({ name }) => name)));
  const tensors: ProgramTensor[] = [];
  const memory = new Written();
  const add = (operand: ArenaOperand) => {
    const { name, type } = operand;
    const index = tensors.push({ name, dtype: type.dtype, shape: type.shape, bytes: byteSize(type) }) - 1;
    memory.write(operand, index);
    return index;
  };
  const inputs = program.inputs.map(({ operand }) => add(operand));
  for (const { operand } of program.states) add(operand);
  const counted = new Set<number>();
  const main = mainSteps(steps.map(({ name, op }) => ({ name, operator: op.type })));
  const layers = steps.map((step): ProgramLayer => {
    const read = step.inputs.flatMap((operand) => (operand.kind === 'arena' ? memory.read(operand) : []));
    const [output] = step.outputs;
    const [before, after] = [channels.get(step.name), output?.type.shape.at(-1) ?? 1];
    const isMain = main.get(step.name) === step.index;
    return {
      ...{ index: step.index, name: step.name, operator: step.op.type },
      fused: isMain ? (fused.get(step.name) ?? []) : [],
      inputs: [...new Set(read)],
      outputs: step.outputs.map(add),
      macs: macsOf(step),
      parameterBytes: parameterBytesOf(step, counted),
      quantization: quantizationOf(step),
      pruned: isMain && before !== undefined && before > after ? { before, after } : null,
    };
  });
  const outputs = program.outputs.flatMap(({ operand }) => memory.read(operand));
  return { layers, tensors, inputs, outputs: [...new Set(outputs)] };
}

/** Operators that only bring numbers into another form or to another place. */
const formal: ReadonlySet<string> = new Set(['transpose', 'reshape', 'quantize', 'dequantize', 'requantize', 'cast']);

/** Of several steps that one operator of the file has become, the one that computes, by the name that all have: the first that is no change of form. */
export function mainSteps(
  steps: readonly { readonly name: string; readonly operator: string }[],
): ReadonlyMap<string, number> {
  const main = new Map<string, number>();
  steps.forEach(({ name, operator }, index) => {
    if (!formal.has(operator) && !main.has(name)) main.set(name, index);
  });
  steps.forEach(({ name }, index) => {
    if (!main.has(name)) main.set(name, index);
  });
  return main;
}

/** Which tensors lie in the buffers of a program, as its steps write them. */
class Written {
  readonly #of = new Map<number, { readonly from: number; readonly end: number; readonly tensor: number }[]>();

  write({ buffer, offset, type }: ArenaOperand, tensor: number): void {
    const [from, end] = [offset, offset + byteSize(type)];
    const parts = (this.#of.get(buffer) ?? []).filter((part) => part.from < from || part.end > end);
    this.#of.set(buffer, [...parts, { from, end, tensor }]);
  }

  /** The tensors that an operand consists of, or is a part of: those whose bytes nothing has been written over as a whole. */
  read({ buffer, offset, type }: ArenaOperand): readonly number[] {
    const end = offset + byteSize(type);
    return (this.#of.get(buffer) ?? [])
      .filter((part) => part.from < end && part.end > offset)
      .map(({ tensor }) => tensor);
  }
}

function macsOf({ op, inputs, outputs }: Step): number {
  const types = (operands: readonly { readonly type: ArenaOperand['type'] }[]) => operands.map(({ type }) => type);
  return opCost(op, types(inputs), types(outputs)).macs;
}

/** As `summarize` counts: each constant once, with the first step that reads it. */
function parameterBytesOf({ inputs }: Step, counted: Set<number>): number {
  let bytes = 0;
  for (const input of inputs) {
    if (input.kind !== 'constant' || counted.has(input.id)) continue;
    counted.add(input.id);
    const { storage, type } = input;
    bytes += storage?.kind === 'int4' ? storedBytes(storage, elementCount(type.shape)) : byteSize(type);
  }
  return bytes;
}

function quantizationOf(step: Step): LayerQuantization {
  const types = step.inputs.map(({ type }) => type);
  const int4 = int4Of(step);
  const arithmetic = arithmeticOf(types);
  const dtype = types[0]?.dtype ?? step.outputs[0]?.type.dtype ?? 'float32';
  const scheme =
    int4 !== null ? 'int4' : arithmetic === 'int16' ? 'int16x8' : arithmetic === 'other' ? dtype : arithmetic;
  if (int4 !== null && int4.group !== null) return { scheme, granularity: 'group' };
  const weights = step.inputs.find(({ kind, type }) => kind === 'constant' && type.quantization.kind !== 'none');
  if (weights === undefined) return { scheme, granularity: null };
  return { scheme, granularity: weights.type.quantization.kind === 'per-channel' ? 'channel' : 'tensor' };
}
