import { c } from './quote.ts';

/** Processors with the DSP instructions of Armv7E-M; `THIMBLE_DSP_FLOAT` those with float32 in hardware, too. */
export type Processors = 'THIMBLE_DSP' | 'THIMBLE_DSP_FLOAT';

/** Two texts, the first for `processors`. */
export function eitherWay(dsp: string, portable: string, processors: Processors = 'THIMBLE_DSP'): string {
  return c`
    #if ${processors}
    ${dsp}
    #else
    ${portable}
    #endif
  `;
}
