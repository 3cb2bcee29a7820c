import type { GroupSize } from '../../tensor/int4.ts';
import type { NumberFormat } from './format.ts';
import { observerNames } from './observers/observer.ts';

/** How ranges are found: by one observer for all tensors, or for each tensor by the one that harms its readers least. */
export const rangeMethods = ['auto', ...observerNames] as const;

export type RangeMethod = (typeof rangeMethods)[number];

/** What is done against the loss, each of them optional. */
export interface Remedies {
  /** Balance the ranges of channels between neighbouring layers. */
  readonly equalize: boolean;
  /** Move what channels never fall below into the next layer's bias. */
  readonly absorb: boolean;
  /** How weights become integers. */
  readonly rounding: 'second-order' | 'nearest';
  /** Take the mean error of rounded weights out of the bias. */
  readonly correctBias: boolean;
}

export const allRemedies: Remedies = { equalize: true, absorb: true, rounding: 'second-order', correctBias: true };

export const noRemedies: Remedies = { equalize: false, absorb: false, rounding: 'nearest', correctBias: false };

/** What the user asks of the quantizer. */
export interface QuantizeOptions {
  readonly ranges: RangeMethod;
  readonly remedies: Remedies;
  /** The format of layers by their names; the first pattern that fits holds. */
  readonly layers: readonly LayerFormat[];
  /** The format of all other layers. */
  readonly format: NumberFormat;
  /** Inputs that share a multiplier where weights have 4 bits; null for a scale of each output channel alone. */
  readonly group: GroupSize | null;
  /** Whether inputs and outputs of the model are stored integers too, or float32. */
  readonly ports: 'stored' | 'real';
}

/** A format for the layers whose name or output tensor fits `pattern`; `*` stands for anything. */
export interface LayerFormat {
  readonly pattern: string;
  readonly format: NumberFormat;
}

export const defaultQuantizeOptions: QuantizeOptions = {
  ranges: 'auto',
  remedies: allRemedies,
  layers: [],
  format: 'int8',
  group: 32,
  ports: 'stored',
};
