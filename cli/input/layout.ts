import { fail } from './file.ts';
import { countElements, type InputSpec, showShape } from './sample.ts';

/** Order of the axes of a picture: channels last or channels first. */
export type PictureLayout = 'nhwc' | 'nchw';

/** What a model input means as a picture. */
export interface PictureShape {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  readonly layout: PictureLayout;
}

function asChannels(dimension: number | undefined): 1 | 3 | 4 | undefined {
  return dimension === 1 || dimension === 3 || dimension === 4 ? dimension : undefined;
}

/** All readings of `shape` as one picture; undefined for a shape of another rank or a batch. */
function readings(shape: readonly number[]): readonly PictureShape[] {
  const dims = shape.length === 4 && shape[0] === 1 ? shape.slice(1) : shape;
  const [a, b, c] = dims;
  if (a === undefined || b === undefined) return [];
  if (dims.length === 2) return [{ height: a, width: b, channels: 1, layout: 'nhwc' }];
  if (dims.length !== 3 || c === undefined) return [];
  const last = asChannels(c);
  const first = asChannels(a);
  const found: PictureShape[] = [];
  if (last !== undefined) found.push({ height: a, width: b, channels: last, layout: 'nhwc' });
  if (first !== undefined) found.push({ height: b, width: c, channels: first, layout: 'nchw' });
  return found;
}

/**
 * How the input takes a picture: [1,H,W,C], [1,C,H,W], the same without the 1, or [H,W]; C is 1, 3 or 4.
 * Where both readings fit, `given` decides. Throws ProblemError where the shape is no picture or the layout is open.
 */
export function pictureShape(spec: InputSpec, given: PictureLayout | null): PictureShape {
  const where = `input "${spec.name}"`;
  const shape = showShape(spec.shape);
  const all = readings(spec.shape);
  const fitting = given === null || all.length < 2 ? all : all.filter((reading) => reading.layout === given);
  const [only] = fitting;
  if (only === undefined) {
    const advice = 'give the data as npy or raw bytes of this shape';
    return fail('picture-shape', where, `shape ${shape} is not one picture of 1, 3 or 4 channels`, advice);
  }
  if (given !== null && only.layout !== given && spec.shape.length > 2) {
    return fail(
      'picture-layout',
      where,
      `shape ${shape} is not ${given}`,
      `leave the layout out: it is ${only.layout}`,
    );
  }
  if (fitting.length > 1) {
    return fail('picture-layout', where, `shape ${shape} may be nhwc or nchw`, 'declare the layout: nhwc or nchw');
  }
  return only;
}

/**
 * For each of `count` channels: the distance of neighbouring channel values in the data, so that element i belongs to
 * channel floor(i / stride) mod count. Takes the axis that `layout` or the dimensions name; ProblemError where none fits.
 */
export function channelStride(spec: InputSpec, count: number, given: PictureLayout | null): number {
  const { shape } = spec;
  const firstAxis = shape.length === 4 ? 1 : 0;
  const lastFits = shape.at(-1) === count;
  const firstFits = shape.length >= 3 && shape[firstAxis] === count;
  if (lastFits && (!firstFits || given === 'nhwc')) return 1;
  if (firstFits && (!lastFits || given === 'nchw')) return countElements(shape.slice(firstAxis + 1));
  const what = `${count} values per channel, but the shape is ${showShape(shape)}`;
  const advice = lastFits && firstFits ? 'declare the layout: nhwc or nchw' : 'give one value, or one for each channel';
  return fail('preprocess-channels', `input "${spec.name}"`, what, advice);
}
