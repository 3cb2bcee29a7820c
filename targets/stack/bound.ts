import { ProblemError } from '../../converter/problem.ts';
import { type Disassembly, disassemble, nameAt } from './disassembly.ts';
import { type Frame, frameAt } from './frame.ts';

/** One function on the deepest way. */
export interface StackFrame {
  readonly name: string;
  /** What it has put on the stack when it calls the next one; of the last one, the most that it puts there. */
  readonly bytes: number;
}

/** The worst case of the stack of a function, or why it is not known. Interrupts have their own. */
export type StackBound =
  | { readonly bytes: number; readonly frames: readonly StackFrame[] }
  | { readonly unbounded: string };

/**
 * The most that calling each function of `names` can put on the stack, from the machine code of a linked program: library
 * functions and assembly are counted like all else. Calls through a register may go to any function whose address the code
 * below the entry names. Recursion, `alloca` and register calls with no such function give a reason, never a number.
 *
 * Throws `tool-missing`, `elf-broken`, and `function-missing` for a name that the program has not.
 */
export async function stackBounds(elf: Uint8Array, names: readonly string[]): Promise<readonly StackBound[]> {
  const code = await disassemble(elf);
  return names.map((name) => stackBoundOf(code, name));
}

/** {@link stackBounds} of one function. */
export function stackBoundOf(code: Disassembly, name: string): StackBound {
  const start = code.functions.find((candidate) => candidate.name === name)?.start;
  if (start === undefined) {
    const advice = 'link it into the program, with symbols';
    throw new ProblemError({ code: 'function-missing', where: name, what: 'is no function of the program', advice });
  }
  const graph = callGraph(code, start);
  if (typeof graph === 'string') return { unbounded: graph };
  return deepest(code, graph, start);
}

interface CallGraph {
  readonly frames: ReadonlyMap<number, Frame>;
  /** Where a call through a register may go. */
  readonly pointers: ReadonlySet<number>;
}

/** Everything that can run below `start`; functions named by address count as soon as a register is called. */
function callGraph(code: Disassembly, start: number): CallGraph | string {
  const frames = new Map<number, Frame>();
  const pointers = new Set<number>();
  const pending = [start];
  let callsRegister = false;
  for (let entry = pending.pop(); entry !== undefined; entry = pending.pop()) {
    if (frames.has(entry)) continue;
    if (!code.instructions.has(entry)) return `there is no code at 0x${entry.toString(16)}`;
    const frame = frameAt(code, entry);
    if (typeof frame === 'string') return frame;
    frames.set(entry, frame);
    for (const { target } of frame.calls) {
      if (target === null) callsRegister = true;
      else pending.push(target);
    }
    for (const pointer of frame.pointers) pointers.add(pointer);
    if (callsRegister) pending.push(...pointers);
  }
  return { frames, pointers };
}

function deepest(code: Disassembly, { frames, pointers }: CallGraph, start: number): StackBound {
  const done = new Map<number, StackBound>();
  const open: number[] = [];
  const visit = (entry: number): StackBound => {
    const known = done.get(entry);
    if (known !== undefined) return known;
    if (open.includes(entry)) {
      const cycle = [...open.slice(open.indexOf(entry)), entry].map((address) => nameAt(code, address));
      return { unbounded: `recursion: ${cycle.join(' -> ')}` };
    }
    open.push(entry);
    const bound = below(entry);
    open.pop();
    done.set(entry, bound);
    return bound;
  };
  const below = (entry: number): StackBound => {
    const name = nameAt(code, entry);
    const frame = frames.get(entry);
    if (frame === undefined) return { unbounded: `there is no code at 0x${entry.toString(16)}` };
    let best = { bytes: frame.bytes, frames: [{ name, bytes: frame.bytes }] };
    for (const { target, depthBytes } of frame.calls) {
      const targets = target === null ? [...pointers] : [target];
      if (targets.length === 0) return { unbounded: `${name} calls a function that is not known` };
      for (const callee of targets.map(visit)) {
        if ('unbounded' in callee) return callee;
        const bytes = depthBytes + callee.bytes;
        if (bytes > best.bytes) best = { bytes, frames: [{ name, bytes: depthBytes }, ...callee.frames] };
      }
    }
    return best;
  };
  return visit(start);
}
