import { at } from '../../../ops/definition.ts';
import {
  type MatmulArithmetic,
  type MatmulGeometry,
  matmulArithmetic,
  matmulBound,
  matmulConstants,
  matmulGeometry,
  matmulZero,
} from '../../../ops/matmul.ts';
import { unsupported } from '../../kernel.ts';
import { requantized, without } from '../integer/literal.ts';
import type { CKernel } from '../kernel.ts';
import { loopAxes, nest } from '../nest.ts';
import { elementType, inputOf, inputParameter, outputOf, outputParameter } from '../operand.ts';
import { matmulOverlaps } from '../overlap/matmul.ts';
import { c } from '../quote.ts';

/** Columns of b that share each element of a: four sums stay in registers on every machine. */
const block = 4;

/** Product of two computed matrices, or stacks of them, row by row of the output. Operands are read where they lie. */
export const matmul: CKernel<'matmul'> = {
  problem(step) {
    const [a, b] = [inputOf(step, 0), inputOf(step, 1)];
    const { depth } = matmulGeometry(step.op.attributes, a.type.shape, b.type.shape);
    if (matmulArithmetic(outputOf(step).type) === 'float32' || matmulBound(depth) < 2 ** 31) return null;
    return unsupported(`an integer sum over ${depth} products can leave 32 bits`, 'split the product');
  },
  overlaps({ attributes }, inputs, outputs) {
    const g = matmulGeometry(attributes, at(inputs, 0).shape, at(inputs, 1).shape);
    return matmulOverlaps(g, block, inputs, outputs);
  },
  scratchBytes: () => 0,

  emit(step, { rounding }) {
    const [a, b, output] = [inputOf(step, 0), inputOf(step, 1), outputOf(step)];
    const g = matmulGeometry(step.op.attributes, a.type.shape, b.type.shape);
    const arithmetic = matmulArithmetic(output.type);
    const axes = loopAxes(g.batch, [g.aBatchStrides, g.bBatchStrides]);
    const isFloat = arithmetic === 'float32';
    const parts: Parts = {
      arithmetic,
      sum: isFloat ? 'float' : 'int32_t',
      left: (x) => (isFloat ? x : without(x, matmulZero(a.type))),
      right: (x) => (isFloat || matmulZero(b.type) === 0 ? x : `(${without(x, matmulZero(b.type))})`),
      result(sum) {
        if (arithmetic !== 'int8') return sum;
        const { factor, zero, bounds } = matmulConstants(a.type, b.type, output.type, rounding);
        return `thimble_int8(${requantized(sum, factor, rounding, matmulBound(g.depth), zero)}, ${bounds.min}, ${bounds.max})`;
      },
    };
    const [aElement, bElement] = [elementType(a.type), elementType(b.type)];
    return {
      stem: 'matmul',
      parameters: [inputParameter('a', a), inputParameter('b', b), outputParameter('output', output)],
      body: nest(axes, 'n', ([x = '0', y = '0']) => {
        const whole = g.columns - (g.columns % block);
        return c`
          for (int32_t i = 0; i < ${g.rows}; i++) {
              const ${aElement} *const row = a + ${plus(x, 'i', g.aRow)};
              ${whole === 0 ? '' : columnLoop(g, parts, bElement, y, { from: 0, to: whole, width: block })}
              ${whole === g.columns ? '' : columnLoop(g, parts, bElement, y, { from: whole, to: g.columns, width: 1 })}
              output += ${g.columns};
          }
        `;
      }),
      headers: arithmetic === 'int8' ? ['integer.h'] : [],
    };
  },
};

interface Parts {
  readonly arithmetic: MatmulArithmetic;
  readonly sum: string;
  left(x: string): string;
  right(x: string): string;
  result(sum: string): string;
}

/** `width` columns at a time. */
function columnLoop(
  g: MatmulGeometry,
  parts: Parts,
  element: string,
  start: string,
  { from, to, width }: { readonly from: number; readonly to: number; readonly width: number },
): string {
  const columns = Array.from({ length: width }, (_, column) => column);
  const zero = parts.arithmetic === 'float32' ? '0.0f' : '0';
  return c`
    for (int32_t j = ${from}; j < ${to}; j += ${width}) {
        const ${element} *column = b + ${plus(start, 'j', g.bColumn)};
        ${columns.map((i) => `${parts.sum} sum${i} = ${zero};`)}
        for (int32_t k = 0; k < ${g.depth}; k++) {
            const ${parts.sum} value = ${parts.left(`row[${times('k', g.aStep)}]`)};
            ${columns.map((i) => `sum${i} += value * ${parts.right(`column[${i * g.bColumn}]`)};`)}
            column += ${g.bStep};
        }
        ${columns.map((i) => `output[${i === 0 ? 'j' : `j + ${i}`}] = ${parts.result(`sum${i}`)};`)}
    }
  `;
}

function times(variable: string, stride: number): string {
  return stride === 1 ? variable : `${variable} * ${stride}`;
}

function plus(start: string, variable: string, stride: number): string {
  return start === '0' ? times(variable, stride) : `${start} + ${times(variable, stride)}`;
}
