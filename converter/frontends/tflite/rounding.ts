import type { Rounding } from '../../tensor/requantize.ts';
import type { TfliteModel } from './format/model.ts';

/** The name under which a file that we wrote says how its integers round; TFLite passes over it. */
export const roundingMetadata = 'thimble.rounding';

const roundings: readonly Rounding[] = ['exact', 'single', 'float'];

/** How the integers of a model round: as TFLite does it (`exact`), unless the file says otherwise. */
export function roundingOf({ metadata }: Pick<TfliteModel, 'metadata'>): Rounding {
  const entry = metadata.find(({ name }) => name === roundingMetadata);
  const text = entry === undefined ? '' : new TextDecoder().decode(entry.data);
  return roundings.find((name) => name === text) ?? 'exact';
}
