import type { TranslateNode } from '../context.ts';
import { elementwise } from './elementwise.ts';
import { movements } from './movement.ts';
import { windows } from './window.ts';

/** Every operator of TensorFlow graphs that can be translated, beside Placeholder and Const. */
export const translations: ReadonlyMap<string, TranslateNode> = new Map([...windows, ...elementwise, ...movements]);
