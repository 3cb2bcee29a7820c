import type { Rounding } from '../../tensor/requantize.ts';
import { roundingMetadata, roundingNamed } from '../rounding-metadata.ts';
import type { TfliteModel } from './format/model.ts';

/** How the integers of a model round: as TFLite does it (`exact`), unless the file says otherwise. */
export function roundingOf({ metadata }: Pick<TfliteModel, 'metadata'>): Rounding {
  const entry = metadata.find(({ name }) => name === roundingMetadata);
  return (entry === undefined ? null : roundingNamed(new TextDecoder().decode(entry.data))) ?? 'exact';
}
