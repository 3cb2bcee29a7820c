import { expect, test } from 'vitest';
import { importOnnx } from '../../../converter/frontends/onnx/import.ts';
import { ProblemError } from '../../../converter/problem.ts';
import { writeModel } from './draft.ts';

const importOf = (domain: string, op: string) => () =>
  importOnnx(
    writeModel({ inputs: { x: [1, 4] }, outputs: ['y'], nodes: [{ op, domain, inputs: ['x'], outputs: ['y'] }] }),
    'm',
  );

test('ai.onnx is the default domain', () => {
  expect(importOf('ai.onnx', 'Relu')().nodes.length).toBe(1);
});

test('an operator of another domain is not taken for the one of ONNX itself', () => {
  expect(importOf('org.example', 'Relu')).toThrow(ProblemError);
  expect(importOf('org.example', 'Relu')).toThrow(/org\.example:Relu is not supported/);
});
