import { randomInt } from 'node:crypto';
import process from 'node:process';
import fc from 'fast-check';

/**
 * Properties are tested on the same draws every time, so that a run tells of the change alone. `THIMBLE_SEED=random`
 * draws others, and `THIMBLE_SEED=<number>` those of the seed that a failure printed.
 */
const wanted = process.env.THIMBLE_SEED ?? '1';
fc.configureGlobal({ seed: wanted === 'random' ? randomInt(2 ** 31) : Number(wanted) });
