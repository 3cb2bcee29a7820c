/** A latency as it is known: a middle, and how far wrong it may be. */
export interface UncertainLatency {
  readonly us: number;
  /** Root of the mean square error, of 1. */
  readonly relative: number;
}

/** A part of a fleet with the latency of its devices. */
export interface FleetPart extends UncertainLatency {
  /** Of 1. */
  readonly share: number;
}

/**
 * The part of devices whose latency is at most `us`. An uncertain latency is taken as log-normal about its middle, so that it is as likely to
 * be twice as much as to be half of it.
 */
export function shareWithin(parts: readonly FleetPart[], us: number): number {
  return parts.reduce((sum, part) => sum + part.share * chanceWithin(part, us), 0);
}

/** How likely a latency is at most `us`. */
export function chanceWithin({ us: middle, relative }: UncertainLatency, us: number): number {
  if (us <= 0) return 0;
  if (relative <= 0) return us >= middle ? 1 : 0;
  return normal(Math.log(us / middle) / spreadOf(relative));
}

/** Latency that `quantile` of the devices keep to, in us; 0 for a fleet without devices. */
export function latencyQuantile(parts: readonly FleetPart[], quantile: number): number {
  if (parts.length === 0) return 0;
  let low = Math.min(...parts.map(({ us, relative }) => us * Math.exp(-8 * spreadOf(relative))));
  let high = Math.max(...parts.map(({ us, relative }) => us * Math.exp(8 * spreadOf(relative))));
  for (let round = 0; round < 80; round++) {
    const middle = Math.sqrt(low * high);
    if (shareWithin(parts, middle) < quantile) low = middle;
    else high = middle;
  }
  return high;
}

/** The range in which a latency is with 90 % of certainty. */
export function likelyRange({ us, relative }: UncertainLatency): readonly [number, number] {
  const factor = Math.exp(NINETY * spreadOf(relative));
  return [us / factor, us * factor];
}

/** The relative error of latencies that are off by at most such a part of themselves with 90 % of certainty: 1 is a factor of two. */
export function relativeOf(most: number): number {
  const spread = Math.log(1 + most) / NINETY;
  return Math.sqrt(Math.exp(spread * spread) - 1);
}

/** Standard deviations about the middle that hold 90 % of a normal distribution. */
const NINETY = 1.645;

/** Standard deviation of the logarithm for a relative error. */
function spreadOf(relative: number): number {
  return Math.sqrt(Math.log(1 + relative * relative));
}

/** The normal distribution; Abramowitz and Stegun, 7.1.26, right to 1.5e-7. */
function normal(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * z);
  const tail =
    t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) *
    Math.exp(-z * z);
  return x >= 0 ? 1 - tail / 2 : tail / 2;
}
