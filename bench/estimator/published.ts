import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { shared } from '../places.ts';
import type { NetworkName } from './networks.ts';
import { readTable, type TableRow } from './table.ts';

/** One published result: int8, on the CPU alone. */
export interface Published {
  readonly round: string;
  /** One name per board, however it was spelled. */
  readonly board: string;
  readonly core: string;
  readonly clockMHz: number;
  /** Engine and version. */
  readonly engine: string;
  readonly model: 'kws' | 'vww' | 'ic' | 'ad';
  /** What is executed: vww without its constant channels where the engine drops them. */
  readonly network: NetworkName;
  readonly cycles: number;
  /** Two results of one engine that differ by how it was set: speed before memory, memory before speed. */
  readonly variant: string;
}

const models = ['kws', 'vww', 'ic', 'ad'] as const;

/** The results of rounds 0.5 to 1.2 in the reference data; undefined where that is absent. */
export function readPublished(): readonly Published[] | undefined {
  const path = join(shared, 'anchors', 'mlperf_tiny.csv');
  if (!existsSync(path)) return undefined;
  return readTable(path).flatMap((row) => {
    const model = models.find((name) => name === row.get('model'));
    if (model === undefined || row.get('cpu_only') !== 'yes' || row.get('datatype') !== 'int8') return [];
    return [publishedOf(row, model)];
  });
}

function publishedOf(row: TableRow, model: Published['model']): Published {
  const text = (column: string) => row.get(column) ?? '';
  const note = text('note');
  const dropsChannels = model === 'vww' && note.includes('(dead) output channels were removed');
  return {
    round: text('round'),
    board: boardOf(text('board'), text('core')),
    core: text('core'),
    clockMHz: Number(text('clock_mhz')),
    engine: engineOf(text('engine')),
    model,
    network: dropsChannels ? 'vww-live' : model,
    cycles: Number(text('mcycles')) * 1e6,
    variant: /max_performance|min_ram/.exec(note)?.[0] ?? '',
  };
}

/** Boards are spelled in several ways; two cores in one FPGA are two boards. */
function boardOf(board: string, core: string): string {
  const plain = board.toUpperCase().replace(/-Q$/, '');
  return plain.startsWith('ADP-XC7K') ? `${plain} ${core}` : plain;
}

function engineOf(engine: string): string {
  return engine
    .replace(/ \((?:Renesas submission|LLVM embedded|reference, mbed).*\)$/, '')
    .replace('v9.0.0', 'v9.0')
    .replace('Plumerai Inference Engine', 'Plumerai');
}
