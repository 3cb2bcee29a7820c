import type { Report } from '../schema.ts';

/** A box of the drawing: a layer, or an input or output of the model. */
export interface Vertex {
  readonly kind: 'input' | 'layer' | 'output';
  /** Of a layer its index, of others that of the tensor. */
  readonly index: number;
  readonly width: number;
  readonly height: number;
}

/** From one vertex to a later one, by their positions. */
interface DrawnEdge {
  readonly from: number;
  readonly to: number;
}

/** What is drawn, in an order in which it can run. */
export interface DrawnGraph {
  readonly vertices: readonly Vertex[];
  /** In the order of where they lead. */
  readonly edges: readonly DrawnEdge[];
}

/** Pixels of boxes. */
export const box = { width: 208, height: 66, portHeight: 40, fusedLine: 15 } as const;

/** Names of taken-up operators that a box has room for; what is more is counted in one line. */
export const fusedShown = 3;

/** The lines in which a box names what its layer has taken up. */
function fusedLines(fused: readonly string[]): number {
  return fused.length > fusedShown ? fusedShown + 1 : fused.length;
}

/** The graph of a report: each input stands before the first layer that reads it, each output behind the layer that makes it. */
export function drawnGraph({ graph }: Report): DrawnGraph {
  const vertices: Vertex[] = [];
  const edges = new Map<string, DrawnEdge>();
  const makers = new Map<number, number>();
  const [inputs, outputs] = [new Set(graph.inputs), new Set(graph.outputs)];
  const addPort = (kind: 'input' | 'output', index: number) => {
    vertices.push({ kind, index, width: box.width, height: box.portHeight });
    return vertices.length - 1;
  };
  const addEdge = (from: number | undefined, to: number) => {
    if (from !== undefined) edges.set(`${from} ${to}`, { from, to });
  };
  const addInput = (tensor: number) => {
    if (inputs.delete(tensor)) makers.set(tensor, addPort('input', tensor));
  };
  const addOutput = (tensor: number) => {
    if (!outputs.delete(tensor)) return;
    const maker = makers.get(tensor);
    addEdge(maker, addPort('output', tensor));
  };
  for (const layer of graph.layers) {
    layer.inputs.forEach(addInput);
    const height = box.height + box.fusedLine * fusedLines(layer.fused);
    const at = vertices.push({ kind: 'layer', index: layer.index, width: box.width, height }) - 1;
    for (const tensor of layer.inputs) addEdge(makers.get(tensor), at);
    for (const tensor of layer.outputs) makers.set(tensor, at);
    layer.outputs.forEach(addOutput);
  }
  // What no layer reads or makes.
  graph.inputs.forEach(addInput);
  graph.outputs.forEach(addOutput);
  return { vertices, edges: [...edges.values()] };
}
