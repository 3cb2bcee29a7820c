import type { Pool2dAttributes } from '../../../ops/pool-2d.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';
import { fusedClamp } from './activation.ts';
import { windowOf } from './convolution.ts';

function pool(context: OperatorContext, kind: Pool2dAttributes['kind']): void {
  const options = context.options('Pool2DOptions');
  const input = context.input(0);
  const kernel = [options.filter_height, options.filter_width] as const;
  const window = windowOf(context, input, options, kernel, [1, 1]);
  // The uint8 kernel rounds ties up; seen from int8 that stays `up`, while the int8 kernel rounds away from zero.
  const ties = context.fileDtype(0) === 'uint8' ? 'up' : 'away';
  const clamp = fusedClamp(context, options.fused_activation_function);
  context.output(0, { type: 'pool-2d', attributes: { kind, kernel, ...window, clamp, ties } }, [input]);
}

export const averagePool2d: TranslateOperator = (context) => pool(context, 'average');
export const maxPool2d: TranslateOperator = (context) => pool(context, 'max');
