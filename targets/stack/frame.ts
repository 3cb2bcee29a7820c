import { type Disassembly, functionAt, nameAt } from './disassembly.ts';
import { type Effect, effectOf, type Instruction } from './instruction.ts';

/** A call of a function. */
export interface Call {
  /** Address of the function; null when a register holds it. */
  readonly target: number | null;
  /** Bytes of the caller on the stack. */
  readonly depthBytes: number;
}

/** What a function itself does. */
export interface Frame {
  /** The most that it puts on the stack. */
  readonly bytes: number;
  readonly calls: readonly Call[];
  /** Addresses of functions that the code names without calling them. */
  readonly pointers: ReadonlySet<number>;
}

/** A stack that grows more often than this at one place grows without end. */
const MOST_DEPTHS = 16;

/**
 * Follows every way through the code from `entry` and keeps the deepest stack at each instruction; jumps into other
 * functions are followed like all others, so that tail calls and shared endings are no special case.
 * A computed jump may go to every instruction of its function that nothing else reaches.
 * Returns the reason when the depth is not known.
 */
export function frameAt(code: Disassembly, entry: number): Frame | string {
  const walk = new Walk(code);
  const fault = walk.run(entry);
  if (fault !== null) return `${nameAt(code, entry)}: ${fault}`;
  return { bytes: walk.bytes, calls: walk.calls(), pointers: pointersIn(code, walk.visited()) };
}

class Walk {
  bytes = 0;
  private readonly code: Disassembly;
  private readonly depths = new Map<number, number>();
  private readonly visits = new Map<number, number>();
  private readonly callsAt = new Map<number, Call>();
  private readonly computed = new Map<number, number>();
  private readonly pending: { readonly address: number; readonly depth: number }[] = [];
  /** Whether the depth on a return need not be 0, since the walk holds it for deeper than it is. */
  private unbalanced = false;

  constructor(code: Disassembly) {
    this.code = code;
  }

  visited(): ReadonlySet<number> {
    return new Set(this.depths.keys());
  }

  calls(): readonly Call[] {
    return [...this.callsAt.values()];
  }

  run(entry: number): string | null {
    this.pending.push({ address: entry, depth: 0 });
    do {
      for (let item = this.pending.pop(); item !== undefined; item = this.pending.pop()) {
        const fault = this.step(item.address, item.depth);
        if (fault !== null) return fault;
      }
      this.reachComputed();
    } while (this.pending.length > 0);
    return null;
  }

  /** Visits an instruction with a depth, unless a deeper visit was before. */
  private step(address: number, depth: number): string | null {
    const instruction = this.code.instructions.get(address);
    if (instruction === undefined || (this.depths.get(address) ?? -1) >= depth) return null;
    const visits = (this.visits.get(address) ?? 0) + 1;
    this.visits.set(address, visits);
    if (visits > MOST_DEPTHS) return `the stack grows in a loop at 0x${address.toString(16)}`;
    this.depths.set(address, depth);
    return this.apply(instruction, effectOf(instruction), depth);
  }

  private apply(instruction: Instruction, { stack, flow, conditional }: Effect, before: number): string | null {
    const { address, next, mnemonic, operands } = instruction;
    const at = `${mnemonic} ${operands} at 0x${address.toString(16)}`;
    if (stack.kind === 'unknown') return `${at} moves the stack pointer by an unknown amount`;
    if (stack.kind === 'restores') this.unbalanced = true;
    const depth = before + (stack.kind === 'grows' ? stack.bytes : 0);
    if (depth < 0) return `${at} frees more than the function has`;
    this.bytes = Math.max(this.bytes, depth);
    if (conditional) this.pending.push({ address: next, depth: before });
    switch (flow.kind) {
      case 'next':
        this.pending.push({ address: next, depth });
        return null;
      case 'jump':
        if (flow.conditional) this.pending.push({ address: next, depth });
        this.pending.push({ address: flow.target, depth });
        return null;
      case 'call':
        if (this.isInside(address, flow.target)) {
          this.unbalanced = true;
          this.pending.push({ address: next, depth }, { address: flow.target, depth });
          return null;
        }
        this.callsAt.set(address, { target: flow.target, depthBytes: depth });
        this.pending.push({ address: next, depth });
        return null;
      case 'call-register':
        this.callsAt.set(address, { target: null, depthBytes: depth });
        if (!flow.tail) this.pending.push({ address: next, depth });
        return null;
      case 'jump-computed':
        this.computed.set(address, depth);
        return null;
      case 'return':
        return depth === 0 || this.unbalanced ? null : `${at} returns with ${depth} bytes on the stack`;
      case 'stop':
        return null;
    }
  }

  /** Whether a call goes into the middle of its own function: a part of it that shares its frame, and may leave it for good. */
  private isInside(address: number, target: number): boolean {
    const holder = functionAt(this.code, address);
    return holder !== undefined && holder.start < target && target < holder.end;
  }

  /** The first instruction that no way has reached, in a function with a computed jump. */
  private reachComputed(): void {
    for (const [address, depth] of this.computed) {
      const holder = functionAt(this.code, address);
      if (holder === undefined) continue;
      for (let place = holder.start; place < holder.end; place += 2) {
        if (!this.code.instructions.has(place) || this.depths.has(place)) continue;
        this.pending.push({ address: place, depth });
        return;
      }
    }
  }
}

/** The functions whose addresses stand among the literals of the visited code, or are put together by MOVW and MOVT. */
function pointersIn(code: Disassembly, visited: ReadonlySet<number>): ReadonlySet<number> {
  const starts = new Set(code.functions.map(({ start }) => start));
  const values = new Set<number>();
  const low = new Map<string, number>();
  for (const address of [...visited].sort((a, b) => a - b)) {
    const { mnemonic, operands } = code.instructions.get(address) ?? { mnemonic: '', operands: '' };
    const [register = '', amount = ''] = operands.split(', #');
    if (/^movw/.test(mnemonic)) low.set(register, Number(amount));
    if (/^movt/.test(mnemonic)) values.add(Number(amount) * 65536 + (low.get(register) ?? 0));
  }
  const holders = new Set([...visited].map((address) => functionAt(code, address)));
  for (const holder of holders) {
    if (holder === undefined) continue;
    for (let place = holder.start; place < holder.end; place += 2) {
      const word = code.words.get(place);
      if (word !== undefined) values.add(word);
    }
  }
  return new Set([...values].filter((value) => value % 2 === 1 && starts.has(value - 1)).map((value) => value - 1));
}
