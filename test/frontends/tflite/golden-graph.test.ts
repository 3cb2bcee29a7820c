import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { printGraph } from '../../../converter/ir/print.ts';
import { importModel, optimizeGraph } from '../../../converter/pipeline.ts';
import { hasShared, readShared } from '../../support/shared.ts';

/**
 * The graph of the digits example before and after the passes, as text. THIMBLE_UPDATE_GOLDEN=1 writes the files anew: read the
 * difference before it is committed.
 */
const root = fileURLToPath(new URL('../../../', import.meta.url));
const own = `${root}examples/digits/digits_int8.tflite`;
const available = existsSync(own) || hasShared;

const digits = () =>
  existsSync(own) ? new Uint8Array(readFileSync(own)) : readShared('examples/digits/digits_int8.tflite');

function expectFile(name: string, text: string): void {
  const folder = `${root}test/golden/graph/`;
  if (process.env.THIMBLE_UPDATE_GOLDEN === '1') {
    mkdirSync(folder, { recursive: true });
    writeFileSync(folder + name, text);
  }
  expect(text).toBe(readFileSync(folder + name, 'utf8'));
}

describe.skipIf(!available)('digits_int8', () => {
  test('imported', () => {
    expectFile('digits_int8.imported.txt', printGraph(importModel(digits(), 'digits_int8.tflite')));
  });

  test('after the passes', () => {
    expectFile(
      'digits_int8.optimized.txt',
      printGraph(optimizeGraph(importModel(digits(), 'digits_int8.tflite')).graph),
    );
  });
});
