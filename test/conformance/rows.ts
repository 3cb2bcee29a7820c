import { readFileSync } from 'node:fs';
import type { ModelRow } from '../support/models.ts';
import { sharedDir } from '../support/shared.ts';

/** The folders whose files are cases: one operator or a small graph with inputs and expected outputs. */
export const folders = ['onnx_conformance', 'onnx_cases', 'onnx_graphs', 'tflite_ops', 'tflite_cases'] as const;

export type Folder = (typeof folders)[number];

/** A row of the index of the test material. */
export interface CaseRow extends ModelRow {
  readonly folder: Folder;
  readonly format: 'onnx' | 'tflite';
  /** The operators of the file, each once, in alphabetical order. */
  readonly operators: readonly string[];
  /** The files of a case that is a folder; empty where `path` is the model. */
  readonly files: readonly string[];
}

interface IndexRow extends ModelRow {
  readonly format: string;
  readonly ops?: Readonly<Record<string, number>>;
  readonly files?: readonly string[];
  readonly reference_check?: string;
}

/**
 * The cases with inputs and expected outputs, in the order of their paths. ONNX cases are those on which onnxruntime agrees with the
 * authors; those without inputs in a file are left out.
 */
export function caseRows(): readonly CaseRow[] {
  const { rows } = JSON.parse(readFileSync(`${sharedDir}models/INDEX.json`, 'utf8')) as { rows: readonly IndexRow[] };
  return rows
    .flatMap((row) => {
      const folder = folders.find((name) => row.path.startsWith(`models/${name}/`));
      if (folder === undefined || !hasExpected(folder, row)) return [];
      const format = row.format === 'onnx' ? ('onnx' as const) : ('tflite' as const);
      return [{ ...row, folder, format, operators: Object.keys(row.ops ?? {}).sort(), files: row.files ?? [] }];
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function hasExpected(folder: Folder, row: IndexRow): boolean {
  switch (folder) {
    case 'onnx_conformance':
    case 'onnx_cases': {
      const sets = row.files?.some((file) => /^(?:test_data_set_|io\.npz$)/.test(file)) ?? false;
      return sets && (row.reference_check?.endsWith('agrees') ?? false);
    }
    case 'onnx_graphs':
    case 'tflite_ops':
      return row.golden !== undefined;
    case 'tflite_cases':
      return true;
  }
}
