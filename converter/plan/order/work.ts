import { type Graph, inputTypes, isNode, type Node, outputTypes, type ValueId, valueById } from '../../ir/graph.ts';
import { InternalError } from '../../problem.ts';
import { dtypeBytes } from '../../tensor/dtype.ts';
import { byteSize } from '../../tensor/tensor.ts';
import { footprint, sharedBytes } from '../live.ts';
import type { KernelNeeds } from '../lower.ts';

/** Memory of one value and of all its views. */
export interface Piece {
  readonly index: number;
  /** Bytes of the value, not rounded. */
  readonly bytes: number;
  /** The state whose memory it is written into, provided that all other readers of the state ran before. */
  readonly home: Piece | null;
  /** Bytes that it costs at best: none for a state and for what has a home. */
  readonly leastBytes: number;
  /** Memory of a state: there all the time, so it costs nothing and nobody takes it over but what the state holds next. */
  readonly isState: boolean;
  /** Whether it outlives the run. */
  readonly isKept: boolean;
  /** The task that makes it, or -1 for an input or a state. */
  readonly maker: number;
  /** Indices of the tasks that read it. */
  readonly readers: readonly number[];
}

/** An input that the first output may overlap where it dies. */
export interface Takeover {
  readonly piece: Piece;
  /** Bytes that this saves, rounded to the alignment. */
  readonly savedBytes: number;
}

/** One kernel call, with the views of what it makes: they cost nothing and come right after it. */
export interface Task {
  /** Place in the order of the graph. */
  readonly index: number;
  readonly nodes: readonly Node[];
  /** What it reads, each piece once. */
  readonly inputs: readonly Piece[];
  readonly outputs: readonly Piece[];
  /** What its first output may overlap. */
  readonly takeovers: readonly Takeover[];
  /** Rounded up. */
  readonly scratchBytes: number;
  readonly previous: readonly number[];
  readonly next: readonly number[];
}

/** What happens after the last task. */
export interface Ending {
  /** Bytes of the outputs that are constants. */
  readonly constantBytes: number;
  /** Of each state that holds something else after the run: its memory, and what it holds next (null for a constant). */
  readonly updates: readonly { readonly state: Piece; readonly next: Piece | null }[];
  readonly outputs: readonly Piece[];
}

/** A graph as the search sees it. */
export interface Work {
  /** Views of inputs and of states: they come first. */
  readonly first: readonly Node[];
  readonly tasks: readonly Task[];
  readonly pieces: readonly Piece[];
  readonly stateBytes: number;
  /** Offsets are multiples of this power of two, so sizes are rounded up to it. */
  readonly unit: number;
  readonly ending: Ending;
}

/** The graph as tasks on pieces of memory, by the rules of `lowerGraph`. */
export function workOf(graph: Graph, needs: KernelNeeds): Work {
  return new Reading(graph, needs).finish();
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
interface OpenPiece extends Mutable<Omit<Piece, 'readers'>> {
  readonly readers: number[];
}
interface OpenTask extends Omit<Task, 'nodes' | 'next'> {
  readonly nodes: Node[];
  readonly next: number[];
}

class Reading {
  readonly #graph: Graph;
  readonly #needs: KernelNeeds;
  readonly #pieces: OpenPiece[] = [];
  readonly #pieceOf = new Map<ValueId, OpenPiece>();
  readonly #first: Node[] = [];
  readonly #tasks: OpenTask[] = [];
  /** Memory of the state that a value is the next of, where it is of one alone. */
  readonly #stateOf = new Map<ValueId, OpenPiece | null>();

  constructor(graph: Graph, needs: KernelNeeds) {
    this.#graph = graph;
    this.#needs = needs;
    for (const { value, next } of graph.states) {
      const state = this.#newPiece(value, -1, true);
      this.#stateOf.set(next, this.#stateOf.has(next) ? null : state);
    }
    for (const { value } of graph.inputs) this.#newPiece(value, -1, false);
    for (const node of graph.nodes) this.#read(node);
    this.#noteKept();
  }

  finish(): Work {
    const unit = this.#needs.alignment;
    const states = this.#pieces.filter(({ isState }) => isState);
    return {
      first: this.#first,
      tasks: this.#tasks,
      pieces: this.#pieces,
      stateBytes: states.reduce((sum, { bytes }) => sum + footprint(bytes, unit), 0),
      unit,
      ending: this.#ending(),
    };
  }

  #read(node: Node): void {
    const [source] = node.inputs;
    const [view] = node.outputs;
    if (isNode(node, 'reshape') && source !== undefined && view !== undefined && !this.#isConstant(source)) {
      const piece = this.#piece(source);
      this.#pieceOf.set(view, piece);
      (this.#tasks[piece.maker]?.nodes ?? this.#first).push(node);
      return;
    }
    const index = this.#tasks.length;
    const types = { inputs: inputTypes(this.#graph, node), outputs: outputTypes(this.#graph, node) };
    const overlaps = this.#needs.overlaps(node.op, types.inputs, types.outputs);
    const operands = node.inputs.map((id) => (this.#isConstant(id) ? null : this.#piece(id)));
    const mayWrite = (piece: Piece) => operands.every((other, i) => other !== piece || overlaps[i] === 0);
    const inputs = [...new Set(operands.filter((piece) => piece !== null))];
    for (const piece of inputs) piece.readers.push(index);
    const outputs = node.outputs.map((id, i) => {
      const piece = this.#newPiece(id, index, false);
      const state = this.#stateOf.get(id) ?? null;
      if (state !== null && (!inputs.includes(state) || (i === 0 && mayWrite(state)))) {
        piece.home = state;
        piece.leastBytes = 0;
      }
      return piece;
    });
    const previous = [...new Set(inputs.map(({ maker }) => maker))].filter((maker) => maker >= 0);
    for (const maker of previous) this.#tasks[maker]?.next.push(index);
    this.#tasks.push({
      index,
      nodes: [node],
      inputs,
      outputs,
      takeovers: this.#takeovers(node, operands, overlaps),
      scratchBytes: footprint(this.#needs.scratchBytes(node.op, types.inputs, types.outputs), this.#needs.alignment),
      previous,
      next: [],
    });
  }

  /** Marks what outlives the run. What a state held is not overwritten then, so what it holds next has no home there. */
  #noteKept(): void {
    const { outputs, states } = this.#graph;
    const ids = [...outputs.map(({ value }) => value), ...states.flatMap((s) => (s.next === s.value ? [] : [s.next]))];
    const kept = new Set<Piece>(ids.filter((id) => !this.#isConstant(id)).map((id) => this.#piece(id)));
    for (const piece of this.#pieces) piece.isKept ||= kept.has(piece);
    for (const piece of this.#pieces) {
      if (piece.home === null || !kept.has(piece.home)) continue;
      piece.home = null;
      piece.leastBytes = piece.bytes;
    }
  }

  /** What output 0 may overlap; a piece that several inputs lie in has the largest distance of them. */
  #takeovers(node: Node, operands: readonly (Piece | null)[], overlaps: readonly (number | null)[]): Takeover[] {
    const [output] = node.outputs;
    if (output === undefined) return [];
    const pieces = [...new Set(operands)].filter((piece) => piece !== null && !piece.isState);
    return pieces.flatMap((piece): Takeover[] => {
      const distances = operands.flatMap((other, i) => (other === piece ? [overlaps[i] ?? null] : []));
      if (piece === null || distances.includes(null)) return [];
      const input = node.inputs[operands.indexOf(piece)] ?? output;
      const savedBytes = sharedBytes({
        inputBytes: piece.bytes,
        outputBytes: byteSize(valueById(this.#graph, output).type),
        distance: Math.max(...distances.map((distance) => distance ?? 0)),
        unit: Math.min(this.#alignmentOf(input), this.#alignmentOf(output)),
      });
      return savedBytes > 0 ? [{ piece, savedBytes }] : [];
    });
  }

  #alignmentOf(id: ValueId): number {
    return Math.max(this.#needs.alignment, dtypeBytes[valueById(this.#graph, id).type.dtype]);
  }

  #ending(): Ending {
    const { outputs, states } = this.#graph;
    const constants = new Set(outputs.map(({ value }) => value).filter((id) => this.#isConstant(id)));
    const bytes = [...constants].map((id) =>
      footprint(byteSize(valueById(this.#graph, id).type), this.#needs.alignment),
    );
    const updates = states.map(({ value, next }) => ({
      state: this.#piece(value),
      next: this.#isConstant(next) ? null : this.#piece(next),
    }));
    return {
      constantBytes: bytes.reduce((sum, one) => sum + one, 0),
      updates: updates.filter(({ state, next }) => state !== next),
      outputs: outputs.flatMap(({ value }) => (this.#isConstant(value) ? [] : [this.#piece(value)])),
    };
  }

  #isConstant(id: ValueId): boolean {
    return valueById(this.#graph, id).data !== null;
  }

  #piece(id: ValueId): OpenPiece {
    const piece = this.#pieceOf.get(id);
    if (piece === undefined) throw new InternalError(`value %${id} is read before it is made`);
    return piece;
  }

  #newPiece(id: ValueId, maker: number, isState: boolean): OpenPiece {
    const bytes = byteSize(valueById(this.#graph, id).type);
    const leastBytes = isState ? 0 : bytes;
    const index = this.#pieces.length;
    const piece: OpenPiece = {
      index,
      bytes,
      home: null,
      leastBytes,
      isState,
      isKept: isState,
      maker,
      readers: [],
    };
    this.#pieces.push(piece);
    this.#pieceOf.set(id, piece);
    return piece;
  }
}
