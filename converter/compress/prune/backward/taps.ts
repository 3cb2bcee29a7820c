import type { Nhwc, Window } from '../../../ops/window.ts';

/** Shapes of a convolution: input, weights with output channels as batch, output. */
export interface WindowShapes {
  readonly input: Nhwc;
  readonly kernel: Nhwc;
  readonly output: Nhwc;
}

/** Calls `each` for every output position and tap inside the image: number of the output pixel, where the input pixel begins, and the tap. */
export function forTaps(
  { strides, dilations, padding }: Window,
  { input, kernel, output }: WindowShapes,
  each: (position: number, inputAt: number, tap: number) => void,
): void {
  let position = 0;
  for (let n = 0; n < output.batch; n++) {
    for (let oy = 0; oy < output.height; oy++) {
      for (let ox = 0; ox < output.width; ox++, position++) {
        for (let ky = 0; ky < kernel.height; ky++) {
          const y = oy * strides[0] - padding.top + ky * dilations[0];
          if (y < 0 || y >= input.height) continue;
          for (let kx = 0; kx < kernel.width; kx++) {
            const x = ox * strides[1] - padding.left + kx * dilations[1];
            if (x < 0 || x >= input.width) continue;
            each(position, ((n * input.height + y) * input.width + x) * input.channels, ky * kernel.width + kx);
          }
        }
      }
    }
  }
}
