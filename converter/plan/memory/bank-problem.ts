import type { AddressRange, SeparationProblem, SeparationSolution } from './separation-problem.ts';

/** One memory of a target. */
export interface Bank {
  readonly id: string;
  readonly capacityBytes: number;
  /** Cost of a byte accessed, against those of the other banks: 0 for the fastest. */
  readonly speedRank: number;
  /** Ranges of offsets in this bank where nothing may lie. */
  readonly forbidden: readonly AddressRange[];
}

/** Buffers to be divided among banks. Two buffers in different banks never meet. */
export interface BankProblem {
  readonly placement: Omit<SeparationProblem, 'forbidden'>;
  /** Bytes accessed in one run, by the index of the buffer. */
  readonly heat: readonly number[];
  readonly banks: readonly Bank[];
  /** The bank of buffers (index) that have no choice, such as those at a fixed offset. */
  readonly pinned: ReadonlyMap<number, string>;
}

/** Where everything lies, or that it was not possible. */
export type BankPlan =
  | {
      readonly fits: true;
      /** The bank of each buffer, by the id of the buffer. */
      readonly bankOf: ReadonlyMap<number, string>;
      /** The placement in each bank, by the id of the bank. */
      readonly solutions: ReadonlyMap<string, SeparationSolution>;
      /** Sum of heat times speed rank. */
      readonly cost: number;
      /** Whether no division has a lower cost. */
      readonly isOptimal: boolean;
    }
  | {
      readonly fits: false;
      /** Whether it is proved that no division fits. */
      readonly isProved: boolean;
    };
