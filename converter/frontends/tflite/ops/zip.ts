import { type Clamp, noClamp } from '../../../ops/definition.ts';
import type { ZipFunction } from '../../../ops/zip.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';
import { fusedClamp } from './activation.ts';

function zip(context: OperatorContext, fn: ZipFunction, clamp: Clamp): void {
  context.output(0, { type: 'zip', attributes: { fn, clamp } }, [context.input(0), context.input(1)]);
}

export const add: TranslateOperator = (context) => {
  zip(context, 'add', fusedClamp(context, context.options('AddOptions').fused_activation_function));
};
export const sub: TranslateOperator = (context) => {
  zip(context, 'sub', fusedClamp(context, context.options('SubOptions').fused_activation_function));
};
export const mul: TranslateOperator = (context) => {
  zip(context, 'mul', fusedClamp(context, context.options('MulOptions').fused_activation_function));
};
export const div: TranslateOperator = (context) => {
  zip(context, 'div', fusedClamp(context, context.options('DivOptions').fused_activation_function));
};
export const maximum: TranslateOperator = (context) => zip(context, 'max', noClamp);
export const minimum: TranslateOperator = (context) => zip(context, 'min', noClamp);
