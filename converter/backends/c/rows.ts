import { c } from './quote.ts';

/** Runs `body` for each of `rows` rows of `depth` elements, with `input` and `output` at the beginning of the row. */
export function eachRow(rows: number, depth: number, body: string): string {
  if (rows === 1) return body;
  return c`
    for (int32_t row = 0; row < ${rows}; row++) {
        ${body}
        input += ${depth};
        output += ${depth};
    }
  `;
}
