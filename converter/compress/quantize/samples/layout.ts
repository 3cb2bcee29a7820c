import { typeOf } from '../../../ir/graph.ts';
import { numericData } from '../../../tensor/tensor.ts';
import type { CheckedSet, SampleFinding } from './finding.ts';

/** Samples that are looked at. */
const lookedAt = 8;

/** From this factor between the two readings on, the other one is right. */
const clear = 1.3;

/**
 * Pictures whose axes lie in the other order than the model wants, which flat data does not tell: neighbours along the rows of a picture
 * are alike. Element i + W lies below i in channels-first data, i + 3W in channels-last data.
 */
export function wrongLayout({ graph, samples }: CheckedSet): readonly SampleFinding[] {
  return graph.inputs.flatMap(({ name, value }, input): SampleFinding[] => {
    const { shape, dtype } = typeOf(graph, value);
    const picture = shape.length === 4 && shape[0] === 1 && dtype !== 'int64' && dtype !== 'uint64';
    const [, a = 0, b = 0, c = 0] = shape;
    const isLast = c === 3 && a > 4;
    const isFirst = a === 3 && c > 4;
    if (!picture || isLast === isFirst) return [];
    const width = isLast ? b : c;
    const step = Math.max(1, Math.floor(samples.length / lookedAt));
    const wrong = samples
      .filter((_, i) => i % step === 0)
      .filter(({ load }) => {
        const tensor = load()[input];
        if (tensor === undefined) return false;
        const data = numericData(tensor);
        const [first, last] = [roughness(data, width), roughness(data, 3 * width)];
        return isLast ? last > clear * first : first > clear * last;
      });
    if (wrong.length * 2 <= Math.min(samples.length, lookedAt)) return [];
    const [has, wants] = isLast ? ['first', 'last'] : ['last', 'first'];
    const what = `the pictures look as if they had channels ${has}, the model wants them ${wants}`;
    const advice = `reorder the axes: numpy.moveaxis(x, ${isLast ? '-3, -1' : '-1, -3'})`;
    return [{ code: 'samples-layout', where: `input "${name}"`, what, advice, samples: [] }];
  });
}

/** Mean distance between elements that lie `stride` apart. */
function roughness(data: ArrayLike<number>, stride: number): number {
  let sum = 0;
  for (let i = 0; i + stride < data.length; i++) sum += Math.abs((data[i + stride] ?? 0) - (data[i] ?? 0));
  return sum / Math.max(1, data.length - stride);
}
