import type { Geometry } from './geometry.ts';
import { c } from './quote.ts';

/**
 * Loops over all output pixels; (oy, ox) is the place in the output. With an `element` type they go over all batches, and
 * `image` is the input of one batch; with null they go over one batch of an `image` that is there already.
 * A loop of one round disappears, and its variable is 0.
 */
export function pixelLoops(g: Geometry, element: string | null, body: string): string {
  const rows = loop('oy', g.outputHeight, loop('ox', g.outputWidth, body));
  if (element === null) return rows;
  const offset = g.batch === 1 ? '' : ` + n * ${g.height * g.width * g.channels}`;
  return loop(
    'n',
    g.batch,
    c`
      const ${element} *const image = input${offset};
      ${rows}
    `,
  );
}

function loop(variable: string, count: number, body: string): string {
  if (count === 1) {
    return new RegExp(`\\b${variable}\\b`).test(body) ? `const int32_t ${variable} = 0;\n${body}` : body;
  }
  return c`
    for (int32_t ${variable} = 0; ${variable} < ${count}; ${variable}++) {
        ${body}
    }
  `;
}
