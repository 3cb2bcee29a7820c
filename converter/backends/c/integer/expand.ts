import { affine, type Geometry, insideConditions, neverInside } from '../geometry.ts';
import { c } from '../quote.ts';
import type { Patch } from './patch.ts';
import { type Runs, repeat } from './product.ts';

/** How inputs come into a panel at `to`, which moves along. */
export interface PanelWriter {
  /** Declaration of `to` for pixel `p` of a tile. */
  readonly start: string;
  run(from: string, count: number): string;
  /** Four inputs, separated by commas. */
  word(inputs: string): string;
}

/** Statements that find the inputs of `count` pixels from `first` on, and write them in the order of the weights. */
export function expandPixels(g: Geometry, patch: Patch, count: string, writer: PanelWriter): string {
  const { runs } = patch;
  const whole = runs.length - (runs.length % 4);
  const expand = (index: string) => writer.run(runs.address(index), whole);
  const rests = restAddresses(runs);
  while (rests.length % 4 !== 0) rests.push('0');
  const words = Array.from({ length: rests.length / 4 }, (_, i) => rests.slice(4 * i, 4 * i + 4).join(', '));
  const rows = byRows(g, patch);
  const find = c`
    ${writer.start}
    ${rows ? expandRows(g, writer) : patch.find}
    ${whole === 0 || rows ? '' : runs.count === 1 ? expand('0') : repeat('run', runs.count, expand('run'))}
    ${words.map((word) => writer.word(word))}
  `;
  const isOne = g.outputHeight * g.outputWidth === 1;
  const [oy, ox] =
    g.outputHeight === 1
      ? ['0', isOne ? '0' : 'first + p']
      : [`(first + p) / ${g.outputWidth}`, `(first + p) % ${g.outputWidth}`];
  return c`
    for (int32_t p = 0; p < ${count}; p++) {
        ${/\boy\b/.test(find) ? `const int32_t oy = ${oy};` : ''}
        ${/\box\b/.test(find) ? `const int32_t ox = ${ox};` : ''}
        ${find}
    }
  `;
}

/** Whether a patch that is read position by position has whole image rows where it lies inside the image. */
export function byRows(g: Geometry, { parameters, runs }: Patch): boolean {
  return parameters.length > 0 && g.dilationX === 1 && runs.length % 4 === 0 && !neverInside(g);
}

/** Statements that expand the patch of a pixel: image rows inside the image, position by position across its edges. */
function expandRows(g: Geometry, writer: PanelWriter): string {
  const row = g.kernelWidth * g.channels;
  return c`
    const int32_t y0 = ${affine('oy', g.strideY, -g.top)};
    const int32_t x0 = ${affine('ox', g.strideX, -g.left)};
    if (${insideConditions(g).join(' && ')}) {
        const int8_t *x = image + (y0 * ${g.width} + x0) * ${g.channels};
        for (int32_t ky = 0; ky < ${g.kernelHeight}; ky++) {
            ${writer.run('x', row)}
            x += ${g.dilationY * g.width * g.channels};
        }
    } else {
        for (int32_t ky = 0; ky < ${g.kernelHeight}; ky++) {
            const int32_t y = y0 + ${affine('ky', g.dilationY, 0)};
            for (int32_t x = x0; x < x0 + ${g.kernelWidth}; x++) {
                const int8_t *const from =
                    y < 0 || y >= ${g.height} || x < 0 || x >= ${g.width} ? zeros : image + (y * ${g.width} + x) * ${g.channels};
                ${writer.run('from', g.channels)}
            }
        }
    }
  `;
}

/** The inputs left over of each run, as C expressions. */
export function restAddresses(runs: Runs): string[] {
  const whole = runs.length - (runs.length % 4);
  return Array.from({ length: runs.count * (runs.length % 4) }, (_, i) => {
    const [run, at] = [Math.floor(i / (runs.length % 4)), whole + (i % (runs.length % 4))];
    return `(${runs.address(String(run))})[${at}]`;
  });
}
