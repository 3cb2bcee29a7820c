import { expect, test } from 'vitest';
import { noImportOptions } from '../converter/frontends/options.ts';
import { importModel } from '../converter/pipeline.ts';
import { ProblemError } from '../converter/problem.ts';

test('formats that are not cut say so, and do not give the whole model', () => {
  const config = { class_name: 'Sequential', config: { name: 's', layers: [] }, keras_version: '3.0.0' };
  const bytes = new TextEncoder().encode(JSON.stringify(config));
  const cut = () => importModel(bytes, 'model.json', 'default', { ...noImportOptions, outputs: ['dense'] });
  expect(cut).toThrow(ProblemError);
  expect(cut).toThrow(/only ONNX and TFLite models are cut/);
});
