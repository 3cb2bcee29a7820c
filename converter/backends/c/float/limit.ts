import type { Clamp } from '../../../ops/definition.ts';
import { floatLiteral } from '../literal.ts';
import { c } from '../quote.ts';

/** Statements that limit the float `name` to the clamp; empty without bounds. */
export function floatLimit(name: string, { min, max }: Clamp): string {
  const low = floatLiteral(min);
  const high = floatLiteral(max);
  return c`
    ${min === Number.NEGATIVE_INFINITY ? '' : `${name} = ${name} < ${low} ? ${low} : ${name};`}
    ${max === Number.POSITIVE_INFINITY ? '' : `${name} = ${name} > ${high} ? ${high} : ${name};`}
  `;
}
