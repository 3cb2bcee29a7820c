/** Boxes [batch, box, 4] and their scores [batch, class, box]. */
export interface ScoredBoxes {
  readonly boxes: readonly number[];
  readonly scores: readonly number[];
  readonly batches: number;
  readonly classes: number;
  readonly count: number;
}

export interface SuppressionLimits {
  readonly mostPerClass: number;
  /** A box that overlaps a chosen one by more than this is left out. */
  readonly iou: number;
  /** Boxes must score more than this. */
  readonly score: number;
  /** Boxes are [x, y, width, height] of their middle instead of [y1, x1, y2, x2] in any order. */
  readonly centers: boolean;
}

type Box = readonly [low: readonly [number, number], high: readonly [number, number]];

/** Greedy non-maximum suppression for each batch and class, best boxes first: [batch, class, box]. ONNX NonMaxSuppression. */
export function suppressed(scored: ScoredBoxes, limits: SuppressionLimits): (readonly [number, number, number])[] {
  const { boxes, scores, batches, classes, count } = scored;
  const result: (readonly [number, number, number])[] = [];
  for (let batch = 0; batch < batches; batch++) {
    const all = Array.from({ length: count }, (_, i) => {
      const first = (batch * count + i) * 4;
      return boxOf(boxes.slice(first, first + 4), limits.centers);
    });
    for (let of = 0; of < classes; of++) {
      const score = (i: number) => scores[(batch * classes + of) * count + i] ?? 0;
      const order = [...all.keys()].filter((i) => score(i) > limits.score).sort((a, b) => score(b) - score(a) || a - b);
      const kept: number[] = [];
      for (const i of order) {
        if (kept.length >= limits.mostPerClass) break;
        if (kept.every((other) => !(overlap(all[i], all[other]) > limits.iou))) kept.push(i);
      }
      result.push(...kept.map((i) => [batch, of, i] as const));
    }
  }
  return result;
}

function boxOf([a = 0, b = 0, c = 0, d = 0]: readonly number[], centers: boolean): Box {
  if (centers) {
    return [
      [a - c / 2, b - d / 2],
      [a + c / 2, b + d / 2],
    ];
  }
  return [
    [Math.min(a, c), Math.min(b, d)],
    [Math.max(a, c), Math.max(b, d)],
  ];
}

/** Area that two boxes share, as a part of what they cover together; 0 for boxes without area. */
function overlap(p: Box | undefined, q: Box | undefined): number {
  if (p === undefined || q === undefined) return 0;
  const side = (axis: 0 | 1) => Math.max(0, Math.min(p[1][axis], q[1][axis]) - Math.max(p[0][axis], q[0][axis]));
  const area = ([low, high]: Box) => (high[0] - low[0]) * (high[1] - low[1]);
  const shared = side(0) * side(1);
  const together = area(p) + area(q) - shared;
  return together > 0 ? shared / together : 0;
}
