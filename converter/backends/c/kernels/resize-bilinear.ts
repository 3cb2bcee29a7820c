import { at } from '../../../ops/definition.ts';
import { arithmeticFor, bilinearGrid, type Interpolation } from '../../../ops/resize-bilinear.ts';
import { nhwc } from '../../../ops/window.ts';
import type { CKernel, CParameter } from '../kernel.ts';
import { elementType, inputOf, inputParameter, outputOf, outputParameter, tableParameter } from '../operand.ts';
import { resizeOverlaps } from '../overlap/resize.ts';
import { c } from '../quote.ts';

/** Places and weights of rows and columns are tables; channels are the inner loop. int8 that stands for uint8 is shifted there and back. */
export const resizeBilinear: CKernel<'resize-bilinear'> = {
  problem: () => null,
  overlaps({ attributes }, inputs, outputs) {
    const input = at(inputs, 0);
    return resizeOverlaps(bilinearGrid(attributes, input), input, at(outputs, 0));
  },
  scratchBytes: () => 0,

  emit(step) {
    const [input, output] = [inputOf(step, 0), outputOf(step)];
    const { batch, height, width, channels } = nhwc(input.type.shape);
    const { rows, columns } = bilinearGrid(step.op.attributes, input.type);
    const arithmetic = arithmeticFor(step.op.attributes, input.type);
    const real = arithmetic !== 'fixed';
    const element = elementType(input.type);
    const corner = (row: string, column: string) =>
      arithmetic === 'real-uint8' ? `(float)(${row}[${column} + c] + 128)` : `${row}[${column} + c]`;
    const corners = [
      corner('upper', 'left'),
      corner('lower', 'left'),
      corner('upper', 'right'),
      corner('lower', 'right'),
    ];
    const term = (i: number) => `${corners[i]} * row[${i % 2}] * column[${i < 2 ? 0 : 1}]`;
    const sum = [0, 1, 2, 3].map(term).join(' + ');
    const stores = {
      real: `output[c] = ${sum};`,
      fixed: c`
        const int32_t sum = ${sum};
        output[c] = (int8_t)((sum + (sum > 0 ? 524288 : -524288)) / 1048576);
      `,
      'real-uint8': c`
        const float sum = ${sum};
        output[c] = (int8_t)((int32_t)(sum + 0.5f) - 128);
      `,
    };
    const store = stores[arithmetic];
    const number = real ? 'float' : 'int32_t';
    return {
      stem: 'resize_bilinear',
      parameters: [
        inputParameter('input', input),
        ...tablesOf('row', rows, width * channels, real),
        ...tablesOf('column', columns, channels, real),
        outputParameter('output', output),
      ],
      body: c`
        for (int32_t n = 0; n < ${batch}; n++) {
            for (int32_t y = 0; y < ${rows.length}; y++) {
                const ${element} *const upper = input + row_places[2 * y];
                const ${element} *const lower = input + row_places[2 * y + 1];
                const ${number} *const row = row_weights + 2 * y;
                for (int32_t x = 0; x < ${columns.length}; x++) {
                    const int32_t left = column_places[2 * x];
                    const int32_t right = column_places[2 * x + 1];
                    const ${number} *const column = column_weights + 2 * x;
                    for (int32_t c = 0; c < ${channels}; c++) {
                        ${store}
                    }
                    output += ${channels};
                }
            }
            input += ${height * width * channels};
        }
      `,
      headers: [],
    };
  },
};

/** Two places, in elements, and two weights for each row or column. */
function tablesOf(stem: string, list: readonly Interpolation[], stride: number, real: boolean): CParameter[] {
  const places = list.flatMap(({ lower, upper }) => [lower * stride, upper * stride]);
  const weights = list.flatMap(({ lowerWeight, upperWeight }) => [lowerWeight, upperWeight]);
  return [
    tableParameter(`${stem}_places`, { kind: 'numbers', stem: `${stem}_places`, element: 'int32_t', data: places }),
    tableParameter(`${stem}_weights`, {
      kind: 'numbers',
      stem: `${stem}_weights`,
      element: real ? 'float' : 'int32_t',
      data: weights,
    }),
  ];
}
