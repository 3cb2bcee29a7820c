import type { ValueId } from '../../../ir/graph.ts';
import { roundHalfAway } from '../../../tensor/requantize.ts';
import { dimension } from '../../../tensor/shape.ts';
import { tensorType } from '../../../tensor/tensor.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';

function sizeOf(context: OperatorContext): readonly [height: number, width: number] {
  if (context.type(context.input(0)).shape.length !== 4) throw context.invalid('it takes 4 dimensions (NHWC)');
  const [height = 0, width = 0, ...others] = context.integers(1, 'the size');
  if (height < 1 || width < 1 || others.length > 0) throw context.invalid('the size is two positive numbers');
  return [height, width];
}

/** RESIZE_BILINEAR in float32, int8, or uint8, which TFLite interpolates in float32. */
export const resizeBilinear: TranslateOperator = (context) => {
  const options = context.options('ResizeBilinearOptions');
  const [height, width] = sizeOf(context);
  const attributes = {
    ...{ height, width },
    alignCorners: options.align_corners,
    halfPixelCenters: options.half_pixel_centers,
    integers: context.fileDtype(0) === 'uint8' ? ('real-uint8' as const) : ('fixed' as const),
  };
  context.output(0, { type: 'resize-bilinear', attributes }, [context.input(0)]);
};

/** The input pixel for each output pixel along an axis. TFLite `GetNearestNeighbor`, in float32. */
function nearest(input: number, output: number, alignCorners: boolean, halfPixelCenters: boolean): number[] {
  const aligned = alignCorners && output > 1;
  const scale = Math.fround(aligned ? (input - 1) / (output - 1) : input / output);
  return Array.from({ length: output }, (_, place) => {
    const scaled = Math.fround(Math.fround(place + (halfPixelCenters ? 0.5 : 0)) * scale);
    const rounded = alignCorners ? roundHalfAway(scaled) : Math.floor(scaled);
    return Math.max(0, Math.min(rounded, input - 1));
  });
}

/** RESIZE_NEAREST_NEIGHBOR: columns, then rows, are gathered by places known at conversion. */
export const resizeNearest: TranslateOperator = (context) => {
  const options = context.options('ResizeNearestNeighborOptions');
  const size = sizeOf(context);
  const along = (id: ValueId, axis: 1 | 2): ValueId => {
    const type = context.type(id);
    const length = dimension(type.shape, axis);
    const places = nearest(length, axis === 1 ? size[0] : size[1], options.align_corners, options.half_pixel_centers);
    if (places.length === length && places.every((place, i) => place === i)) return id;
    const name = `${context.outputTensor(0).name}/${axis === 1 ? 'rows' : 'columns'}`;
    const data = Int32Array.from(places);
    const indices = context.builder.constant(`${name}/places`, { type: tensorType('int32', [data.length, 1]), data });
    return context.node({ type: 'gather', attributes: { axis, count: 1 } }, [id, indices], type, name);
  };
  const resized = along(along(context.input(0), 2), 1);
  context.output(0, { type: 'reshape', attributes: { shape: context.type(resized).shape } }, [resized]);
};
