import { readTable, type TableRow } from './table.ts';

/** Layers that cost alike: by what an engine does for a multiplication. */
export const layerKinds = ['first', 'conv', 'depthwise', 'pointwise', 'fc', 'other'] as const;

export type LayerKind = (typeof layerKinds)[number];

/** A layer of a network of MLPerf Tiny. */
export interface NetworkLayer {
  readonly kind: LayerKind;
  readonly macs: number;
  /** Bytes of int8 weights. */
  readonly weights: number;
  /** Pixels of the output. */
  readonly positions: number;
  /** Elements of the output. */
  readonly outputs: number;
}

/** `vww-live` is vww without the channels whose outputs are constant. */
export const networkNames = ['kws', 'vww', 'vww-live', 'ic', 'ad'] as const;

export type NetworkName = (typeof networkNames)[number];

export type Networks = ReadonlyMap<NetworkName, readonly NetworkLayer[]>;

/** The four networks, from `data/networks.csv`. */
export function readNetworks(folder: string): Networks {
  const rows = readTable(`${folder}/networks.csv`);
  return new Map(
    networkNames.map((name) => [name, rows.filter((row) => row.get('network') === name).map(layerOf)] as const),
  );
}

function layerOf(row: TableRow): NetworkLayer {
  const number = (column: string) => Number(row.get(column));
  return {
    kind: layerKinds.find((kind) => kind === row.get('kind')) ?? 'other',
    macs: number('macs'),
    weights: number('weights'),
    positions: number('positions'),
    outputs: number('outputs'),
  };
}
