import { invariant } from '../../converter/problem.ts';
import { elfSections } from '../elf.ts';
import { type Marks, parseEvents, placeOf } from './measure.ts';

/** A straight run of instructions that the emulator executes from its first to its last. Blocks may overlap. */
export interface BlockCount {
  readonly address: number;
  readonly instructions: number;
  readonly executions: number;
  /** Executions after which control went elsewhere than behind the block: taken branches, calls and returns. */
  readonly left: number;
  /** Aligned accesses that its unaligned loads take beyond one each, in all executions. */
  readonly split: number;
}

/** The blocks between the hooks of one layer, summed over its runs. */
export interface LayerBlocks {
  readonly layer: number;
  /** In the order of their addresses. */
  readonly blocks: readonly BlockCount[];
}

/** One measured call, without the blocks of the test program: their instructions add up to the count of the call. */
export interface CallBlocks {
  /** In the order of their addresses. */
  readonly blocks: readonly BlockCount[];
  /** In the order of their numbers; empty without hooks. */
  readonly layers: readonly LayerBlocks[];
}

/** Gathers the lines `block` of support/count.c by call and by layer. */
export function readBlocks(text: string, marks: Marks, elf: Uint8Array): readonly CallBlocks[] {
  const isHarness = harnessOf(elf);
  const calls: CallBlocks[] = [];
  let call = new Sum();
  let layers = new Map<number, Sum>();
  const open: number[] = [];
  for (const event of parseEvents(text)) {
    const place = placeOf(event.address, marks);
    const blocks = event.blocks.map(parseBlock).filter(({ address }) => !isHarness(address));
    call.add(blocks);
    for (const layer of open) sumOf(layers, layer).add(blocks);
    if (place.kind === 'call-begin') {
      call = new Sum();
      layers = new Map();
    } else if (place.kind === 'call-end') {
      const byNumber = [...layers].sort(([a], [b]) => a - b);
      calls.push({
        blocks: call.sorted(),
        layers: byNumber.map(([layer, sum]) => ({ layer, blocks: sum.sorted() })),
      });
    } else if (place.kind === 'layer-begin') open.push(place.layer);
    else open.pop();
  }
  return calls;
}

function parseBlock(line: string): BlockCount {
  const [, address = '', ...counts] = line.split(' ');
  const [instructions = 0, executions = 0, left = 0, split = 0] = counts.map(Number);
  return { address: Number.parseInt(address, 16), instructions, executions, left, split };
}

function sumOf(sums: Map<number, Sum>, layer: number): Sum {
  const known = sums.get(layer) ?? new Sum();
  sums.set(layer, known);
  return known;
}

/** Sums of executions by block. */
class Sum {
  private readonly byPlace = new Map<string, BlockCount>();

  add(blocks: readonly BlockCount[]): void {
    for (const block of blocks) {
      const place = `${block.address}+${block.instructions}`;
      const { executions, left, split } = this.byPlace.get(place) ?? { executions: 0, left: 0, split: 0 };
      this.byPlace.set(place, {
        ...block,
        executions: executions + block.executions,
        left: left + block.left,
        split: split + block.split,
      });
    }
  }

  sorted(): readonly BlockCount[] {
    return [...this.byPlace.values()].sort((a, b) => a.address - b.address || a.instructions - b.instructions);
  }
}

/** Whether an address belongs to the test program: image.ld keeps it apart. */
function harnessOf(elf: Uint8Array): (address: number) => boolean {
  const sections = elfSections(elf).filter(({ name }) => name === '.harness' || name === '.vectors');
  invariant(sections.length === 2, 'the program has no section of its own for the test program');
  return (address) =>
    sections.some((section) => address >= section.address && address < section.address + section.size);
}
