import { expect, test } from 'vitest';
import { assignInputs, parseInputArgument } from '../../../cli/input/input-argument.ts';
import { inputSpec, problemsOf } from './helpers.ts';

test.each([
  ['a.npy', [], null, 'a.npy'],
  ['x=a.npy', [], 'x', 'a.npy'],
  ['x=a=b.npy', [], 'x', 'a=b.npy'],
  ['=a=b.npy', [], null, 'a=b.npy'],
  ['k=1=a.npy', ['k', 'k=1'], 'k=1', 'a.npy'],
  ['image:0=a.npy', ['image:0'], 'image:0', 'a.npy'],
])('%s', (text, names, name, path) => {
  expect(parseInputArgument(text, names)).toEqual({ name, path });
});

test('an empty path is refused', () => {
  expect(problemsOf(() => parseInputArgument('x='))[0]?.code).toBe('input-argument');
});

const specs = ['a', 'b', 'c'].map((name) => inputSpec([1], { name }));

test('by name and by order', () => {
  const paths = (texts: readonly string[]) =>
    assignInputs(texts, specs).map(({ spec, path }) => `${spec.name}:${path}`);
  expect(paths(['1', '2', '3'])).toEqual(['a:1', 'b:2', 'c:3']);
  expect(paths(['b=2', '1', '3'])).toEqual(['a:1', 'b:2', 'c:3']);
});

test('all faults at once, with the names of the inputs', () => {
  const problems = problemsOf(() => assignInputs(['z=1', 'b=2', 'b=3'], specs));
  expect(problems.map((problem) => problem.what)).toEqual([
    'the model has no input "z"',
    'input "b" is given twice',
    'there is no data for input "a"',
    'there is no data for input "c"',
  ]);
  expect(problems[0]?.advice).toContain('"a", "b", "c"');
  expect(problemsOf(() => assignInputs(['1', '2', '3', '4'], specs))[0]?.what).toContain('more files');
});
