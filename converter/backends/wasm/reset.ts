import { type ModuleBuilder, memory } from './assembler/index.ts';

/** A state in linear memory; `initial` is the address of what it holds at first, null for zeros. */
export interface StatePlace {
  readonly address: number;
  readonly bytes: number;
  readonly initial: number | null;
}

/** Exports `reset`, which gives every state what it holds before the first run. */
export function defineReset(builder: ModuleBuilder, states: readonly StatePlace[]): void {
  builder.function('reset', { export: 'reset' }, (f) => {
    for (const { address, bytes, initial } of states) {
      f.do(initial === null ? memory.fill(address, 0, bytes) : memory.copy(address, initial, bytes));
    }
  });
}
