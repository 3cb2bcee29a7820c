import { c } from './quote.ts';

/** Two texts, the first for processors with the DSP instructions of Armv7E-M. */
export function eitherWay(dsp: string, portable: string): string {
  return c`
    #if THIMBLE_DSP
    ${dsp}
    #else
    ${portable}
    #endif
  `;
}
