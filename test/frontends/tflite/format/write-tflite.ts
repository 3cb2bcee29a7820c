import { Builder } from 'flatbuffers';
import {
  type Field,
  type FieldType,
  fieldsOf,
  hasTable,
  scalarBytes,
  type TableName,
} from '../../../../converter/frontends/tflite/format/schema/schema.ts';

/**
 * A table to be written: fields by name, absent ones left out of the file. Enumerations by name, or by a number to write a
 * value the schema does not have; unions as `{ type, value }`. An object that occurs twice is written once and shared.
 */
export type Draft = Readonly<Record<string, unknown>>;

/** Writes a TFLite file from plain objects, as far wrong as the caller likes. For tests. */
export function writeTflite(model: Draft): Uint8Array {
  const builder = new Builder(1024);
  builder.forceDefaults(true);
  builder.finish(writeTable(builder, new Map(), 'Model', model), 'TFL3');
  return builder.asUint8Array();
}

type Written = Map<object, number>;

function writeTable(builder: Builder, written: Written, name: TableName, draft: Draft): number {
  const known = written.get(draft);
  if (known !== undefined) return known;
  const fields = fieldsOf(name);
  for (const key of Object.keys(draft)) {
    if (!fields.some((field) => field.name === key)) throw new Error(`${name} has no field ${key}`);
  }
  const present = fields.filter((field) => draft[field.name] !== undefined && draft[field.name] !== null);
  const slots = present.map((field) => ({
    field,
    value: writeOutside(builder, written, field.type, draft[field.name]),
  }));
  builder.startObject((fields.at(-1)?.id ?? -1) + 1);
  for (const { field, value } of slots) addSlot(builder, field, value, draft[field.name]);
  const offset = builder.endObject();
  written.set(draft, offset);
  return offset;
}

function addSlot(builder: Builder, { id, type }: Field, value: number, draft: unknown): void {
  if (type.kind === 'scalar' || type.kind === 'enum') {
    addScalar(builder, type.scalar, value);
    builder.slot(id);
    return;
  }
  if (value !== 0) builder.addFieldOffset(id, value, 0);
  if (type.kind === 'union') builder.addFieldInt8(id - 1, unionCode(type, draft), 0);
}

function unionCode(type: Extract<FieldType, { kind: 'union' }>, draft: unknown): number {
  const name = (draft as { type: string }).type;
  return name.startsWith('unknown-') ? Number(name.slice(8)) : type.members.indexOf(name);
}

/** Writes what lies outside of the table and returns its offset; of scalars, the number to put into the table. */
function writeOutside(builder: Builder, written: Written, type: FieldType, value: unknown): number {
  switch (type.kind) {
    case 'scalar':
      return Number(value);
    case 'enum':
      return typeof value === 'number' ? value : type.names.indexOf(String(value));
    case 'string':
      return builder.createString(String(value));
    case 'table':
      return writeTable(builder, written, type.table, value as Draft);
    case 'union': {
      const { type: name, value: table } = value as { type: string; value: Draft | null };
      if (table === null) return 0;
      // Any table will do for a type that the schema does not have.
      return writeTable(builder, written, hasTable(name) ? name : 'AbsOptions', table);
    }
    case 'vector':
      if (value instanceof Uint8Array) return writeBytes(builder, value);
      return writeVector(builder, written, type.element, Array.from(value as Iterable<unknown>));
    default:
      return type satisfies never;
  }
}

/** Bytes of a buffer, aligned as the schema asks for. */
function writeBytes(builder: Builder, bytes: Uint8Array): number {
  builder.prep(16, bytes.length);
  return builder.createByteVector(bytes);
}

function writeVector(builder: Builder, written: Written, element: FieldType, values: readonly unknown[]): number {
  const numbers = values.map((value) => writeOutside(builder, written, element, value));
  const isScalar = element.kind === 'scalar' || element.kind === 'enum';
  const size = isScalar ? scalarBytes[element.scalar] : 4;
  builder.startVector(size, numbers.length, size);
  for (const number of numbers.reverse()) {
    if (isScalar) addScalar(builder, element.scalar, number);
    else builder.addOffset(number);
  }
  return builder.endVector();
}

function addScalar(builder: Builder, scalar: keyof typeof scalarBytes, value: number): void {
  if (scalar === 'float') builder.addFloat32(value);
  else if (scalarBytes[scalar] === 1) builder.addInt8(value);
  else if (scalarBytes[scalar] === 2) builder.addInt16(value);
  else if (scalarBytes[scalar] === 4) builder.addInt32(value);
  else builder.addInt64(BigInt(value));
}
