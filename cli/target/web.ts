import type { WebCore, WebProfile } from '../../converter/estimate/web/profile.ts';
import { seededWebProfile } from '../../converter/estimate/web/seeds.ts';
import { baseValue } from './quantity.ts';
import type { PhoneProfile } from './schema.ts';

/**
 * What `estimateWeb` needs to know of a phone, a board or a computer: what `thimble profile` found there, or else what public tables say
 * of its cores. Null where no core is known.
 */
export function webProfileOf({ name, cores, dramBandwidth, web }: PhoneProfile): WebProfile | null {
  const known = cores.map((core) => {
    return { name: core.name, count: baseValue(core.count), clockHz: baseValue(core.clock) };
  });
  if (web !== undefined) {
    const timed = web.cores.flatMap(({ core, prices }): WebCore[] => {
      const own = known.find((one) => one.name === core);
      return own === undefined ? [] : [{ ...own, prices }];
    });
    const [first, ...others] = timed;
    const { entry, threadEfficiency, threadWait, slowRuns } = web;
    if (first !== undefined) return { name, cores: [first, ...others], entry, threadEfficiency, threadWait, slowRuns };
  }
  const dramBytesPerSecond = dramBandwidth === undefined ? null : baseValue(dramBandwidth);
  return seededWebProfile({ name, cores: known, dramBytesPerSecond });
}
