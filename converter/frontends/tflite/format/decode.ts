import { InternalError, ProblemError } from '../../../problem.ts';
import { FlatReader, type TableRef } from './flat-reader.ts';
import type { ProblemList } from './problems.ts';
import {
  type Decoded,
  type Field,
  type FieldType,
  fieldsOf,
  hasTable,
  scalarBytes,
  type TableName,
} from './schema/schema.ts';

const headerBytes = 8;
/** The file identifier, at bytes 4 to 8. */
export const fileIdentifier = 'TFL3';

/** Whether the bytes carry the TFLite file identifier. */
export function hasFileIdentifier(bytes: Uint8Array): boolean {
  return bytes.length >= headerBytes && String.fromCharCode(...bytes.subarray(4, 8)) === fileIdentifier;
}

/**
 * Decodes a TFLite file into plain objects, driven by the schema. Byte vectors are views on `bytes`.
 *
 * @throws ProblemError at the first fault of structure. Values that the schema does not know go to `problems` and decode
 * as the first name of their enumeration.
 */
export function decodeModel(bytes: Uint8Array, problems: ProblemList): Decoded<'Model'> {
  if (!hasFileIdentifier(bytes)) {
    throw new ProblemError({
      code: 'tflite-identifier',
      where: 'bytes 4 to 8',
      what: `the file identifier ${fileIdentifier} is missing`,
      advice: 'give a .tflite file as the TFLite converter writes it',
    });
  }
  const reader = new FlatReader(bytes);
  return decodeTable(reader, problems, 'Model', reader.follow(0)) as unknown as Decoded<'Model'>;
}

/** A table of which the file has nothing: all fields at their defaults. */
export function defaultsOf<T extends TableName>(table: T): Decoded<T> {
  const values: Record<string, unknown> = {};
  for (const field of fieldsOf(table)) values[field.name] = absentValue(field);
  return values as Decoded<T>;
}

type Values = Readonly<Record<string, unknown>>;

function decodeTable(reader: FlatReader, problems: ProblemList, name: TableName, position: number): Values {
  return reader.table(position, (table) => {
    const values: Record<string, unknown> = {};
    for (const field of fieldsOf(name)) {
      values[field.name] = reader.within(field.name, () => decodeField(reader, problems, table, field));
    }
    return values;
  });
}

function decodeField(reader: FlatReader, problems: ProblemList, table: TableRef, field: Field): unknown {
  if (field.type.kind === 'union') return decodeUnion(reader, problems, table, field.id, field.type.members);
  const position = reader.field(table, field.id, slotBytes(field.type));
  return position === null ? absentValue(field) : decodeValue(reader, problems, field.type, position);
}

function decodeValue(reader: FlatReader, problems: ProblemList, type: FieldType, position: number): unknown {
  switch (type.kind) {
    case 'scalar':
      return reader.scalar(type.scalar, position);
    case 'enum':
      return decodeEnum(reader, problems, type, position);
    case 'string':
      return reader.string(reader.follow(position));
    case 'table':
      return decodeTable(reader, problems, type.table, reader.follow(position));
    case 'vector':
      return decodeVector(reader, problems, type.element, reader.follow(position));
    case 'union':
      throw new InternalError('a union has no single slot');
    default:
      return type satisfies never;
  }
}

function decodeEnum(
  reader: FlatReader,
  problems: ProblemList,
  type: Extract<FieldType, { kind: 'enum' }>,
  position: number,
): string {
  const code = Number(reader.scalar(type.scalar, position));
  const name = type.names[code];
  if (name !== undefined) return name;
  problems.add({
    code: 'tflite-unknown-value',
    where: reader.path,
    what: `${code} is not a known ${type.name} (0 to ${type.names.length - 1})`,
    advice: 'the file is damaged, or newer than this program: export it with a released version of the converter',
  });
  return type.names[0] ?? '';
}

function decodeVector(reader: FlatReader, problems: ProblemList, element: FieldType, position: number): unknown {
  const elementBytes = slotBytes(element);
  const vector = reader.vector(position, elementBytes);
  if (element.kind === 'scalar' && element.scalar === 'ubyte') {
    return reader.bytes.subarray(vector.position, vector.position + vector.length);
  }
  reader.charge(vector.length * elementBytes);
  const values: unknown[] = [];
  for (let i = 0; i < vector.length; i++) {
    const at = vector.position + i * elementBytes;
    if (element.kind === 'scalar') values.push(reader.scalar(element.scalar, at));
    else values.push(reader.within(i, () => decodeValue(reader, problems, element, at)));
  }
  return values;
}

function decodeUnion(
  reader: FlatReader,
  problems: ProblemList,
  table: TableRef,
  id: number,
  members: readonly string[],
): unknown {
  const codePosition = reader.field(table, id - 1, 1);
  const code = codePosition === null ? 0 : Number(reader.scalar('ubyte', codePosition));
  const position = reader.field(table, id, 4);
  if ((code === 0) !== (position === null)) {
    problems.add({
      code: 'tflite-union',
      where: reader.path,
      what: code === 0 ? 'there are options without a type' : `the options have type code ${code} but are missing`,
      advice: 'the file is damaged: download or export it again',
    });
  }
  if (code === 0 || position === null) return null;
  const name = members[code];
  if (name === undefined || !hasTable(name)) return { type: `unknown-${code}`, value: null };
  return { type: name, value: decodeTable(reader, problems, name, reader.follow(position)) };
}

/** Bytes of a field inside its table, or of an element inside its vector: scalars lie there, all else by offset. */
function slotBytes(type: FieldType): number {
  return type.kind === 'scalar' || type.kind === 'enum' ? scalarBytes[type.scalar] : 4;
}

const noBytes = new Uint8Array(0);

function absentValue({ type, fallback }: Field): unknown {
  switch (type.kind) {
    case 'scalar':
    case 'enum':
      return fallback;
    case 'string':
      return '';
    case 'table':
    case 'union':
      return null;
    case 'vector':
      return type.element.kind === 'scalar' && type.element.scalar === 'ubyte' ? noBytes : [];
    default:
      return type satisfies never;
  }
}
