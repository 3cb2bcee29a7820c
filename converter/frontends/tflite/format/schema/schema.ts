import { InternalError } from '../../../../problem.ts';
import { enumFacts } from './enums.ts';
import { modelTables } from './model-tables.ts';
import { optionTables } from './option-tables.ts';
import { optionTables2 } from './option-tables-2.ts';
import { unionFacts } from './unions.ts';

/**
 * The TFLite file format as data. A table is `{ field: 'type' | 'type = default' }`; the order of the fields is the order of
 * their ids, without gaps (a deprecated field keeps its place). A type is a scalar, an enumeration, `string`, a table, a
 * union, or `[T]` for a vector. The default of a scalar is 0 unless stated, of an enumeration its first name.
 */
const tableFacts = { ...modelTables, ...optionTables, ...optionTables2 } as const;

type TableFacts = typeof tableFacts;
type EnumFacts = typeof enumFacts;
type UnionFacts = typeof unionFacts;

export type TableName = keyof TableFacts;
export type EnumName = keyof EnumFacts;
export type UnionName = keyof UnionFacts;

/** Size of a scalar in the file. */
export const scalarBytes = {
  bool: 1,
  byte: 1,
  ubyte: 1,
  ushort: 2,
  int: 4,
  uint: 4,
  float: 4,
  long: 8,
  ulong: 8,
} as const;
export type ScalarName = keyof typeof scalarBytes;

/** The names of an enumeration. */
export type EnumValue<E extends EnumName> = EnumFacts[E]['names'][number];
/** The tables that a union may hold. */
export type UnionMember<U extends UnionName> = Exclude<UnionFacts[U][number], 'NONE'>;

type ValueOf<T extends string> = T extends `${infer Type} = ${string}`
  ? ValueOf<Type>
  : T extends '[ubyte]'
    ? Uint8Array
    : T extends `[${infer Element}]`
      ? readonly NonNullable<ValueOf<Element>>[]
      : T extends 'bool'
        ? boolean
        : T extends ScalarName
          ? number
          : T extends 'string'
            ? string
            : T extends EnumName
              ? EnumValue<T>
              : T extends TableName
                ? Decoded<T> | null
                : T extends UnionName
                  ? DecodedUnion<T> | null
                  : never;

/**
 * A table as a plain object with all fields of the schema. An absent scalar has its default, an absent string is '', an absent
 * vector is empty, an absent table or union is null. 64-bit integers become the nearest double.
 */
export type Decoded<T extends TableName> = { readonly [F in keyof TableFacts[T]]: ValueOf<TableFacts[T][F] & string> };

/**
 * A union with the name of its table. `value` is null when the file names a table that this schema does not have; `type` is then
 * `unknown-<code>`.
 */
export type DecodedUnion<U extends UnionName> =
  | { [M in UnionMember<U>]: { readonly type: M; readonly value: Decoded<M & TableName> } }[UnionMember<U>]
  | { readonly type: `unknown-${number}`; readonly value: null };

/** Type of a field. */
export type FieldType =
  | { readonly kind: 'scalar'; readonly scalar: ScalarName }
  | { readonly kind: 'enum'; readonly name: EnumName; readonly scalar: ScalarName; readonly names: readonly string[] }
  | { readonly kind: 'string' }
  | { readonly kind: 'table'; readonly table: TableName }
  | { readonly kind: 'union'; readonly members: readonly string[] }
  | { readonly kind: 'vector'; readonly element: FieldType };

/** A field of a table. `id` is its place in the vtable; the type code of a union lies at `id - 1`. */
export interface Field {
  readonly name: string;
  readonly id: number;
  readonly type: FieldType;
  /** The value of an absent scalar or enumeration. */
  readonly fallback: number | boolean | string;
}

/** The facts as they are written, for comparison with other descriptions of the format. */
export const schemaFacts: {
  readonly tables: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly enums: Readonly<Record<string, { readonly storage: string; readonly names: readonly string[] }>>;
  readonly unions: Readonly<Record<string, readonly string[]>>;
} = { tables: tableFacts, enums: enumFacts, unions: unionFacts };

const isTable = (name: string): name is TableName => Object.hasOwn(tableFacts, name);
const isEnum = (name: string): name is EnumName => Object.hasOwn(enumFacts, name);
const isUnion = (name: string): name is UnionName => Object.hasOwn(unionFacts, name);
const isScalar = (name: string): name is ScalarName => Object.hasOwn(scalarBytes, name);

function parseType(type: string): FieldType {
  if (type.startsWith('[')) return { kind: 'vector', element: parseType(type.slice(1, -1)) };
  if (type === 'string') return { kind: 'string' };
  if (isScalar(type)) return { kind: 'scalar', scalar: type };
  if (isEnum(type)) return { kind: 'enum', name: type, scalar: enumFacts[type].storage, names: enumFacts[type].names };
  if (isTable(type)) return { kind: 'table', table: type };
  if (isUnion(type)) return { kind: 'union', members: unionFacts[type] };
  throw new InternalError(`unknown type ${type} in the TFLite schema`);
}

function parseFallback(type: FieldType, text: string | undefined): number | boolean | string {
  if (type.kind === 'enum') return text ?? type.names[0] ?? '';
  if (type.kind === 'scalar' && type.scalar === 'bool') return text === 'true';
  return Number(text ?? 0);
}

function parseTable(facts: Readonly<Record<string, string>>): readonly Field[] {
  let nextId = 0;
  return Object.entries(facts).map(([name, text]) => {
    const [typeText = '', defaultText] = text.split(' = ');
    const type = parseType(typeText);
    const id = type.kind === 'union' ? nextId + 1 : nextId;
    nextId = id + 1;
    return { name, id, type, fallback: parseFallback(type, defaultText) };
  });
}

const parsed = new Map<string, readonly Field[]>();

/** The fields of a table in id order. */
export function fieldsOf(table: TableName): readonly Field[] {
  const known = parsed.get(table);
  if (known !== undefined) return known;
  const fields = parseTable(tableFacts[table]);
  parsed.set(table, fields);
  return fields;
}

/** Whether the schema has a table of this name. */
export function hasTable(name: string): name is TableName {
  return isTable(name);
}
