import type { Problem } from '../../problem.ts';
import { formatShape } from '../../tensor/shape.ts';
import type { Program, Step } from '../program.ts';
import { lastUse } from './fed.ts';
import { rowsOf } from './row-form.ts';
import { hasRowForm } from './stream.ts';

/** Why a program cannot take its input row by row. */
export function feedProblem(program: Program): Problem {
  const names = program.inputs.map(({ name }) => JSON.stringify(name)).join(', ');
  const { what, advice } = reasonOf(program);
  return { code: 'feed-rows', where: `--feed-rows with ${names === '' ? 'no input' : names}`, what, advice };
}

type Reason = Pick<Problem, 'what' | 'advice'>;

function reasonOf(program: Program): Reason {
  const { inputs, steps } = program;
  const [input, ...others] = inputs;
  if (input === undefined || others.length > 0) {
    return { what: `only a single input can come row by row; the model has ${inputs.length}`, advice: LEAVE };
  }
  const { type, buffer } = input.operand;
  if (lastUse(program, buffer) < 0) {
    return {
      what: 'the input is an output of the model too, or no layer reads it, so that it must be in memory',
      advice: LEAVE,
    };
  }
  const [first] = steps;
  const isRead = first?.inputs.some((operand) => operand.kind === 'arena' && operand.buffer === buffer) ?? false;
  const whole = steps.slice(0, lastUse(program, buffer) + 1).find((step) => !hasRowForm(step));
  if (whole === undefined || first === undefined) {
    const where = first === undefined ? '' : `; it begins with ${first.name}`;
    return { what: `the layers that read the input cannot be done row by row together${where}`, advice: LEAVE };
  }
  if (rowsOf(type) === null && !(isRead && hasRowForm(first))) {
    const what = `the input of shape ${formatShape(type.shape)} has no rows: those of 1xHxWxC with H > 1 do`;
    return { what, advice: `export the model with such an input, or ${LEAVE}` };
  }
  return { what: `${whole.name} needs all rows at a time${reasonFor(whole)}`, advice: LEAVE };
}

const LEAVE = 'leave the option out: the input is then in memory as a whole';

function reasonFor({ op, inputs }: Step): string {
  const [input, weights] = inputs;
  const isHybrid = weights !== undefined && weights.type.dtype === 'int8' && input?.type.dtype === 'float32';
  if ((op.type === 'conv-2d' || op.type === 'depthwise-conv-2d') && isHybrid) {
    return ', as it quantizes by the range of the whole input; a model in int8, or in float32 with float weights, has no such layer';
  }
  if (op.type === 'pool-2d') return ': a pool works row by row where no window reaches beyond the upper or lower edge';
  return '; convolutions, pools and elementwise layers do not';
}
