import { c } from './quote.ts';

/** Processors with the DSP instructions of Armv7E-M; `THIMBLE_DSP_FLOAT` those with float32 in hardware, too. */
export type DspProcessors = 'THIMBLE_DSP' | 'THIMBLE_DSP_FLOAT';

/** Processors with the vectors of Armv8.1-M, which have the DSP instructions as well; `THIMBLE_HELIUM_FLOAT` those of float32, too. */
export type HeliumProcessors = 'THIMBLE_HELIUM' | 'THIMBLE_HELIUM_FLOAT';

export type Processors = DspProcessors | HeliumProcessors;

/** Processors with Helium of those with DSP. */
export const heliumOf: { readonly [P in DspProcessors]: HeliumProcessors } = {
  THIMBLE_DSP: 'THIMBLE_HELIUM',
  THIMBLE_DSP_FLOAT: 'THIMBLE_HELIUM_FLOAT',
};

/** Two texts, the first for `processors`; a third one for those among them that have Helium. */
export function eitherWay(
  dsp: string,
  portable: string,
  processors: DspProcessors = 'THIMBLE_DSP',
  helium?: string,
): string {
  return c`
    ${helium === undefined ? `#if ${processors}` : `#if ${heliumOf[processors]}\n${helium}\n#elif ${processors}`}
    ${dsp}
    #else
    ${portable}
    #endif
  `;
}

/** Two texts, the first for those of `processors` that have Helium. */
export function forHelium(helium: string, others: string, processors: DspProcessors = 'THIMBLE_DSP'): string {
  return c`
    #if ${heliumOf[processors]}
    ${helium}
    #else
    ${others}
    #endif
  `;
}
