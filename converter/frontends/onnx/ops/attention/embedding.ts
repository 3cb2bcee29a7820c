import { dimension } from '../../../../tensor/shape.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';
import type { Operand } from '../../writer.ts';
import { fromEnd } from '../indexing/indices.ts';
import { normalize, ofShape } from '../norms/normalization.ts';

/**
 * EmbedLayerNormalization of onnxruntime's domain: the rows of three tables for words, places and segments, added and normalized; and how
 * many elements of the mask are set in each batch.
 */
const embedding: TranslateOperator = (context) => {
  const ids = context.input(0);
  const [batch, length] = ids.type.shape;
  if (ids.type.shape.length !== 2 || batch === undefined || length === undefined)
    throw context.invalid('input_ids must have 2 dimensions');
  const segments = context.optional(1);
  const segmentTable = context.optional(4);
  const positions = context.optional(8) ?? context.int32s([...new Array(length).keys()], [1, length]);
  const words = rows(context, context.input(2), ids);
  const placed = context.zip('add', words, rows(context, context.input(3), positions));
  context.ignore('mask_index_type');
  const whole = segments !== null && segmentTable !== null;
  const sum = whole ? context.zip('add', placed, rows(context, segmentTable, segments)) : placed;
  if (sum.type.shape.join() !== words.type.shape.join()) throw context.invalid('its tables or indices do not fit');
  const { result } = normalize(context, sum, [2], context.float('epsilon', 1e-12));
  const scaled = context.zip('add', context.zip('mul', result, context.input(5)), context.input(6));
  context.bind(ofShape(context, scaled, sum));
  context.bind(maskCount(context, batch), 1);
  context.bind(sum, 2);
};

/** The rows of a table [places, width] at indices [N, length]. */
function rows(context: OperatorContext, table: Operand, indices: Operand): Operand {
  context.floatOnly(table);
  if (table.type.shape.length !== 2) throw context.invalid(`a table of shape ${table.type.shape.join('x')}`);
  const places = fromEnd(context, indices, [dimension(table.type.shape, 0)]);
  const op = { type: 'gather', attributes: { axis: 0, count: 1 } } as const;
  return context.write(op, [table, context.reshape(places, [...indices.type.shape, 1])]);
}

/** The sum of the mask over each batch; zeros where there is none. */
function maskCount(context: OperatorContext, batch: number): Operand {
  const mask = context.optional(7);
  if (mask === null) return context.int32s(new Int32Array(batch), [batch]);
  const attributes = { kind: 'sum', axes: [1], keepDims: false } as const;
  return context.write({ type: 'reduce', attributes }, [context.cast(mask, 'int32')]);
}

export const embeddings: readonly (readonly [string, TranslateOperator])[] = [
  ['com.microsoft:EmbedLayerNormalization', embedding],
];
