/** Output positions of a layer that are looked at: those of sample `s` begin at `s % step` and lie `step` apart. */
export interface Positions {
  readonly count: number;
  readonly step: number;
}

/** Least rows of a system of equations, over all samples. */
const leastRows = 4096;

/** Rows for each unknown: with fewer, the fit learns the samples. */
const rowsPerUnknown = 12;

/**
 * Which output positions of a layer become rows of its system of equations. All of them where they are few; else evenly spaced ones, so many
 * that there are {@link leastRows} and {@link rowsPerUnknown} for each of the unknowns of one output.
 */
export function positionsFor(count: number, unknowns: number, samples: number): Positions {
  const wanted = Math.max(leastRows, rowsPerUnknown * unknowns);
  const perSample = Math.max(1, Math.ceil(wanted / Math.max(1, samples)));
  return { count, step: Math.max(1, Math.ceil(count / perSample)) };
}

/** The positions of sample number `sample`; another first one for each, so that strides of the image do not hide columns of it. */
export function positionsIn({ count, step }: Positions, sample: number): readonly number[] {
  const list: number[] = [];
  for (let position = sample % step; position < count; position += step) list.push(position);
  return list;
}
