import { generator } from '../report/bootstrap.ts';

const maxRounds = 50;

/** Distances that are computed at most, so that large sets take seconds. */
const maxDistances = 2e8;

/** Points that are alike, by their indices, the nearest to their mean first. */
export type Cluster = readonly number[];

/**
 * At most `count` clusters, fewer where points are equal: k-means (Lloyd 1982) from seeds far from one another (k-means++, Arthur and
 * Vassilvitskii 2007). The same points give the same clusters.
 */
export function clusters(points: readonly Float64Array[], count: number): readonly Cluster[] {
  let centres = seeds(points, count).map((i) => points[i] ?? new Float64Array());
  let owners = nearestCentres(points, centres);
  const rounds = Math.max(1, Math.min(maxRounds, Math.floor(maxDistances / (points.length * count))));
  for (let round = 0; round < rounds; round++) {
    centres = meansOf(points, owners, centres);
    const next = nearestCentres(points, centres);
    const isSame = next.every((owner, i) => owner === owners[i]);
    owners = next;
    if (isSame) break;
  }
  return centres
    .map((centre, c) => {
      const members = [...points.keys()].filter((i) => owners[i] === c);
      const distances = new Map(members.map((i) => [i, squaredDistance(points[i] ?? centre, centre)]));
      return members.sort((a, b) => (distances.get(a) ?? 0) - (distances.get(b) ?? 0));
    })
    .filter((members) => members.length > 0);
}

/** Indices of points: the first by chance, each next one with a chance that grows with its squared distance from those chosen. */
function seeds(points: readonly Float64Array[], count: number): readonly number[] {
  const next = generator(count);
  const chosen = [Math.floor(next() * points.length)];
  const nearest = points.map(() => Number.POSITIVE_INFINITY);
  while (chosen.length < count) {
    const last = points[chosen.at(-1) ?? 0] ?? new Float64Array();
    points.forEach((point, i) => {
      nearest[i] = Math.min(nearest[i] ?? 0, squaredDistance(point, last));
    });
    const total = nearest.reduce((a, b) => a + b, 0);
    if (total === 0) break;
    let left = next() * total;
    const at = nearest.findIndex((distance) => {
      left -= distance;
      return distance > 0 && left <= 0;
    });
    chosen.push(at < 0 ? nearest.indexOf(Math.max(...nearest)) : at);
  }
  return chosen;
}

/** For each point the index of the nearest centre, the first of equal ones. */
function nearestCentres(points: readonly Float64Array[], centres: readonly Float64Array[]): readonly number[] {
  return points.map((point) => {
    let [best, least] = [0, Number.POSITIVE_INFINITY];
    centres.forEach((centre, c) => {
      const distance = squaredDistance(point, centre);
      if (distance < least) [best, least] = [c, distance];
    });
    return best;
  });
}

/** Means of the clusters; an empty one keeps its centre. */
function meansOf(points: readonly Float64Array[], owners: readonly number[], centres: readonly Float64Array[]) {
  const sums = centres.map(({ length }) => new Float64Array(length));
  const counts = centres.map(() => 0);
  points.forEach((point, i) => {
    const owner = owners[i] ?? 0;
    const sum = sums[owner];
    counts[owner] = (counts[owner] ?? 0) + 1;
    if (sum !== undefined)
      point.forEach((value, d) => {
        sum[d] = (sum[d] ?? 0) + value;
      });
  });
  return sums.map((sum, c) => {
    const count = counts[c] ?? 0;
    return count === 0 ? (centres[c] ?? sum) : sum.map((value) => value / count);
  });
}

function squaredDistance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
  return sum;
}
