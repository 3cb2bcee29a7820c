import { describe, expect, it } from 'vitest';
import { clusters } from '../../../../converter/compress/quantize/samples/cluster.ts';
import { selectSamples } from '../../../../converter/compress/quantize/samples/select.ts';
import { StatisticsCollector } from '../../../../converter/compress/quantize/statistics/tensor-statistics.ts';
import { valueId } from '../../../../converter/ir/graph.ts';

/** Three groups of 20 points each around corners. */
const points = Array.from({ length: 60 }, (_, i) => {
  const corner = Math.floor(i / 20);
  return Float64Array.of(10 * corner + Math.sin(i), corner === 1 ? 5 + Math.cos(i) : Math.cos(i));
});

/** Statistics of one tensor in which sample i has the range 0 ... sizes[i]. */
function statisticsOf(sizes: readonly number[]) {
  const collector = new StatisticsCollector(1, sizes.length);
  for (const size of sizes) collector.add(Float32Array.of(0, size));
  return new Map([[valueId(0), collector.finish()]]);
}

describe('clusters', () => {
  it('finds groups of points that lie together, the middle first', () => {
    const found = clusters(points, 3);
    const groups = found.map((members) => new Set(members.map((i) => Math.floor(i / 20))));
    expect(groups.map((group) => group.size)).toEqual([1, 1, 1]);
    expect(found.flat().sort((a, b) => a - b)).toEqual([...points.keys()]);
  });

  it('gives fewer where points are equal', () => {
    expect(clusters([Float64Array.of(1), Float64Array.of(1), Float64Array.of(2)], 3)).toHaveLength(2);
  });
});

describe('selectSamples', () => {
  const even = statisticsOf(points.map(() => 1));

  it('takes one of every group, the same every time', () => {
    const chosen = selectSamples({ features: points, statistics: even }, 3);
    expect(chosen.map((i) => Math.floor(i / 20))).toEqual([0, 1, 2]);
    expect(selectSamples({ features: points, statistics: even }, 3)).toEqual(chosen);
  });

  it('prefers the member of a group that reaches farthest', () => {
    const sizes = points.map((_, i) => (i === 13 ? 5 : 1 + i / 1000));
    expect(selectSamples({ features: points, statistics: statisticsOf(sizes) }, 3)).toContain(13);
  });

  it('takes no sample that is left out, and its range does not count', () => {
    const sizes = points.map((_, i) => (i === 13 ? 500 : i === 7 ? 5 : 1 + i / 1000));
    const chosen = selectSamples({ features: points, statistics: statisticsOf(sizes) }, 3, new Set([13]));
    expect(chosen).toContain(7);
    expect(chosen).not.toContain(13);
  });

  it('takes as many as asked, of equal points too', () => {
    const equal = points.map(() => Float64Array.of(1, 2));
    expect(selectSamples({ features: equal, statistics: even }, 7)).toHaveLength(7);
    expect(selectSamples({ features: points, statistics: even }, 60)).toHaveLength(60);
    expect(selectSamples({ features: points.map(() => new Float64Array()), statistics: even }, 4)).toHaveLength(4);
  });
});
