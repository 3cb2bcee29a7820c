import type { Observe } from './observer.ts';

/** Everything that was seen: nothing is clipped. */
export const minMax: Observe = ({ range }) => range;
