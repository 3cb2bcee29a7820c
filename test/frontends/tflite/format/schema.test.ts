import { describe, expect, test } from 'vitest';
import { fieldsOf, hasTable, schemaFacts } from '../../../../converter/frontends/tflite/format/schema/schema.ts';
import { hasShared, readShared } from '../../../support/shared.ts';

interface PublishedSchema {
  readonly enums: Record<string, { type: string; values: Record<string, number> }>;
  readonly unions: Record<string, Record<string, number>>;
  readonly tables: Record<string, { name: string; type: string; id: number; default?: string }[]>;
}

test('a union takes two ids, all other fields one', () => {
  const ids = Object.fromEntries(fieldsOf('Operator').map((field) => [field.name, field.id]));
  expect(ids).toMatchObject({
    opcode_index: 0,
    outputs: 2,
    builtin_options: 4,
    custom_options: 5,
    builtin_options_2: 12,
  });
});

test('defaults are parsed by type', () => {
  const fallbacks = Object.fromEntries(fieldsOf('Conv2DOptions').map((field) => [field.name, field.fallback]));
  expect(fallbacks).toMatchObject({
    padding: 'SAME',
    stride_w: 0,
    dilation_w_factor: 1,
    quantized_bias_type: 'FLOAT32',
  });
});

describe.skipIf(!hasShared)('the schema agrees with the published facts', () => {
  const published: PublishedSchema = hasShared
    ? JSON.parse(new TextDecoder().decode(readShared('formats/tflite-schema.json')))
    : { enums: {}, unions: {}, tables: {} };

  test('enumerations', () => {
    expect(Object.keys(schemaFacts.enums).sort()).toEqual(Object.keys(published.enums).sort());
    for (const [name, { type, values }] of Object.entries(published.enums)) {
      const facts = schemaFacts.enums[name];
      expect(Object.fromEntries(facts?.names.map((value, code) => [value, code]) ?? []), name).toEqual(values);
      expect(facts?.storage, name).toBe(type === 'int32' ? 'int' : type);
    }
  });

  test('unions', () => {
    for (const [name, members] of Object.entries(published.unions)) {
      const names = Object.entries(members).map(([member, code], position) => {
        expect(code).toBe(position);
        return member.replace(' (deprecated)', '');
      });
      expect(schemaFacts.unions[name], name).toEqual(names);
    }
  });

  test('tables: names, ids, types and defaults of all fields', () => {
    expect(Object.keys(schemaFacts.tables).sort()).toEqual(Object.keys(published.tables).sort());
    for (const [table, fields] of Object.entries(published.tables)) {
      if (!hasTable(table)) throw new Error(table);
      const ours = fieldsOf(table).map(({ name, id }) => ({ name, id, text: schemaFacts.tables[table]?.[name] }));
      const theirs = fields.map(({ name, id, type, default: value }) => ({
        name,
        id,
        text: type.replace('int32', 'int') + (value === undefined ? '' : ` = ${value}`),
      }));
      expect(ours, table).toEqual(theirs);
    }
  });
});
