import { flashCyclesPerByte } from '../../converter/estimate/silicon/flash.ts';
import { siliconOf } from './class-engines.ts';
import type { Networks } from './networks.ts';
import type { Published } from './published.ts';

/** Pixels that an engine of which nothing is known is taken to compute from weights that are read once. */
const POSITIONS = 4;

/** Clock of all its published results. */
const PSOC62_MHZ = 150;

/**
 * Nanoseconds that the PSoC 62 waits for each byte of weights: what engines take more there than on the STM32L4R5, which has the same core, by the bytes
 * that they read, in the least squares of relative errors; and what the STM32L4R5 waits.
 */
export function fitPsoc62(rows: readonly Published[], networks: Networks, exposed: number): number {
  const { core, clockMHz, flash } = siliconOf('NUCLEO-L4R5ZI');
  const ofReference = flashCyclesPerByte(core, clockMHz, flash, {
    value: exposed,
    unit: '1',
    source: 'fitted',
    ref: '',
  });
  const on = (board: string) => rows.filter((row) => row.board === board);
  let [over, under] = [0, 0];
  for (const row of on('CY8CPROTO-062-4343W')) {
    const same = on('NUCLEO-L4R5ZI').filter(
      ({ engine, network, variant }) => engine === row.engine && network === row.network && variant === row.variant,
    );
    const reference = same.reduce((sum, { cycles }) => sum + cycles / same.length, 0);
    if (reference === 0) continue;
    const bytes = (networks.get(row.network) ?? []).reduce((sum, { kind, weights, positions }) => {
      const passes = kind === 'fc' || kind === 'depthwise' ? 1 : Math.ceil(positions / POSITIONS);
      return sum + weights * passes;
    }, 0);
    over += ((row.cycles - reference) * bytes) / row.cycles ** 2;
    under += (bytes / row.cycles) ** 2;
  }
  const cycles = ofReference.cycles + (under === 0 ? 0 : Math.max(0, over / under));
  return (1000 * cycles) / PSOC62_MHZ;
}
