import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readOffsetCsv } from '../../converter/plan/memory/csv.ts';
import { solveOffsets } from '../../converter/plan/memory/exact.ts';
import { greedySolver } from '../../converter/plan/memory/greedy.ts';
import { placementFaults } from '../../converter/plan/memory/validate.ts';
import { absent, shared } from '../places.ts';

/** The suite "challenging" of MiniMalloc (ASPLOS 2023): eleven problems, all to be placed within one capacity. */
export const instances = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K'] as const;

export const capacity = 1_048_576;

/** Nodes for one instance. */
export const nodeBudget = 1_000_000;

/** Bound on all instances together, on one core. */
export const secondsLimit = 60;

/** Placing the buffers of one instance. */
export type MemoryFigure =
  | {
      readonly instance: string;
      readonly buffers: number;
      /** Height of the greedy placement, of the exact one, and the proved bound, in bytes. */
      readonly greedy: number;
      readonly height: number;
      readonly lowerBound: number;
      readonly fits: boolean;
      /** Search nodes: the same on every machine. */
      readonly nodes: number;
      /** Information about this machine at this moment. */
      readonly seconds: number;
    }
  | { readonly instance: string; readonly skipped: string };

/** Places the buffers of every instance that is there, one after the other, and has each placement validated. */
export function measureMemory(note: (line: string) => void): readonly MemoryFigure[] {
  return instances.map((instance) => {
    const path = join('datasets', 'minimalloc', `${instance}.${capacity}.csv`);
    const file = join(shared, path);
    if (!existsSync(file)) return { instance, skipped: absent(path) };
    note(`memory: ${instance}`);
    return measure(instance, readFileSync(file, 'utf8'));
  });
}

function measure(instance: string, text: string): MemoryFigure {
  const { buffers } = readOffsetCsv(text, instance);
  const greedy = greedySolver(buffers).height;
  const started = performance.now();
  const { offsets, height, lowerBound, nodes } = solveOffsets(buffers, { capacity, nodeBudget });
  const seconds = (performance.now() - started) / 1000;
  const faults = placementFaults(buffers, offsets, height);
  if (faults.length > 0) throw new Error(`placement of ${instance}: ${faults.join('; ')}`);
  const fits = height <= capacity;
  return { instance, buffers: buffers.length, greedy, height, lowerBound, fits, nodes, seconds };
}
