import { shapesEqual } from '../../../tensor/shape.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';

/** VAR_HANDLE: its output stands for the variable of that container and name. */
export const varHandle: TranslateOperator = (context) => {
  const { container, shared_name: name } = context.options('VarHandleOptions');
  context.bindVariable(0, container === null || container === '' ? `${name ?? ''}` : `${container}/${name ?? ''}`);
};

/** READ_VARIABLE: what the variable holds at this place. */
export const readVariable: TranslateOperator = (context) => {
  const name = handleOf(context);
  const type = context.outputType(0);
  const id = context.variables.read(name, type);
  const held = context.type(id);
  if (held.dtype !== type.dtype || !shapesEqual(held.shape, type.shape)) {
    throw context.invalid(`the variable "${name}" holds another type than it is read as`);
  }
  context.bind(0, id);
};

/** ASSIGN_VARIABLE: what the variable holds from this place on. */
export const assignVariable: TranslateOperator = (context) => {
  const name = handleOf(context);
  const value = context.input(1);
  if (!context.isInitialization) {
    context.variables.assign(name, value);
    return;
  }
  context.variables.initialize(name, context.constant(1, `the initial value of "${name}"`));
};

/** CALL_ONCE: the subgraph that gives variables their initial values. It is translated before all others. */
export const callOnce: TranslateOperator = () => {};

function handleOf(context: OperatorContext): string {
  const name = context.variableBehind(0);
  if (name !== null) return name;
  throw context.invalid('its input 0 is no handle of a variable');
}
