import { Builder } from 'flatbuffers';
import { fileIdentifier } from '../../frontends/tflite/format/decode.ts';
import {
  type Field,
  type FieldType,
  fieldsOf,
  hasTable,
  type ScalarName,
  scalarBytes,
  type TableName,
} from '../../frontends/tflite/format/schema/schema.ts';
import { InternalError } from '../../problem.ts';

/** Data of tensors begins at a multiple of this, so that kernels may read it in place (TFLite `schema.fbs`, table Buffer). */
const dataAlignment = 16;

/** A TFLite file from plain objects, as {@link decodeModel} gives them; driven by the same schema. */
export function encodeModel(model: Readonly<Record<string, unknown>>): Uint8Array {
  const builder = new Builder(1 << 16);
  builder.finish(encodeTable(builder, 'Model', model), fileIdentifier);
  return builder.asUint8Array();
}

/** What a field needs beside its place in the table: the offset of what lies outside, or nothing. */
interface Prepared {
  readonly field: Field;
  readonly value: unknown;
  readonly offset: number;
}

function encodeTable(builder: Builder, table: TableName, values: Readonly<Record<string, unknown>>): number {
  const fields = fieldsOf(table);
  const prepared = fields.flatMap((field): Prepared[] => {
    const value = values[field.name];
    if (value === undefined || value === null) return [];
    return [{ field, value, offset: isInline(field.type) ? 0 : encodeOutside(builder, field.type, value) }];
  });
  builder.startObject((fields.at(-1)?.id ?? -1) + 1);
  for (const { field, value, offset } of prepared) {
    const { id, type, fallback } = field;
    if (type.kind === 'scalar') addField[type.scalar](builder, id, Number(value), Number(fallback));
    else if (type.kind === 'enum') {
      addField[type.scalar](builder, id, type.names.indexOf(String(value)), type.names.indexOf(String(fallback)));
    } else {
      if (type.kind === 'union') builder.addFieldInt8(id - 1, type.members.indexOf(memberOf(value).type), 0);
      builder.addFieldOffset(id, offset, 0);
    }
  }
  return builder.endObject();
}

function isInline({ kind }: FieldType): boolean {
  return kind === 'scalar' || kind === 'enum';
}

/** Writes what a table or vector only points to, and gives its offset. */
function encodeOutside(builder: Builder, type: FieldType, value: unknown): number {
  switch (type.kind) {
    case 'string':
      return builder.createString(String(value));
    case 'table':
      return encodeTable(builder, type.table, recordOf(value));
    case 'union': {
      const { type: table, value: options } = memberOf(value);
      return encodeTable(builder, table, options);
    }
    case 'vector':
      return encodeVector(builder, type.element, value);
    default:
      throw new InternalError(`a ${type.kind} lies in its table`);
  }
}

function encodeVector(builder: Builder, element: FieldType, value: unknown): number {
  if (value instanceof Uint8Array) {
    builder.startVector(1, value.length, dataAlignment);
    for (let i = value.length - 1; i >= 0; i--) builder.writeInt8(value[i] ?? 0);
    return builder.endVector();
  }
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  if (!isInline(element)) {
    const offsets = items.map((item) => encodeOutside(builder, element, item));
    builder.startVector(4, offsets.length, 4);
    for (const offset of offsets.reverse()) builder.addOffset(offset);
    return builder.endVector();
  }
  if (element.kind !== 'scalar') throw new InternalError('vectors of enumerations are not in the schema');
  const bytes = scalarBytes[element.scalar];
  builder.startVector(bytes, items.length, bytes);
  for (const item of [...items].reverse()) addElement[element.scalar](builder, Number(item));
  return builder.endVector();
}

type AddField = (builder: Builder, id: number, value: number, fallback: number) => void;

const addByte: AddField = (builder, id, value, fallback) => builder.addFieldInt8(id, value, fallback);
const addInt: AddField = (builder, id, value, fallback) => builder.addFieldInt32(id, value, fallback);
const addLong: AddField = (builder, id, value, fallback) => {
  builder.addFieldInt64(id, BigInt(value), BigInt(fallback));
};

/** How a scalar is put into its table. */
const addField: { readonly [S in ScalarName]: AddField } = {
  bool: addByte,
  byte: addByte,
  ubyte: addByte,
  ushort: (builder, id, value, fallback) => builder.addFieldInt16(id, value, fallback),
  int: addInt,
  uint: addInt,
  float: (builder, id, value, fallback) => builder.addFieldFloat32(id, value, fallback),
  long: addLong,
  ulong: addLong,
};

type AddElement = (builder: Builder, value: number) => void;

/** How a scalar is put into a vector. */
const addElement: { readonly [S in ScalarName]: AddElement } = {
  bool: (builder, value) => builder.addInt8(value),
  byte: (builder, value) => builder.addInt8(value),
  ubyte: (builder, value) => builder.addInt8(value),
  ushort: (builder, value) => builder.addInt16(value),
  int: (builder, value) => builder.addInt32(value),
  uint: (builder, value) => builder.addInt32(value),
  float: (builder, value) => builder.addFloat32(value),
  long: (builder, value) => builder.addInt64(BigInt(value)),
  ulong: (builder, value) => builder.addInt64(BigInt(value)),
};

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new InternalError('a table is no object');
  return value as Readonly<Record<string, unknown>>;
}

function memberOf(value: unknown): { readonly type: TableName; readonly value: Readonly<Record<string, unknown>> } {
  const { type, value: options } = recordOf(value);
  if (typeof type !== 'string' || !hasTable(type)) throw new InternalError(`${String(type)} is no table of options`);
  return { type, value: recordOf(options) };
}
