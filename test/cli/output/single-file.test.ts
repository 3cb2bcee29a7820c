import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeFileAtomically } from '../../../cli/output/single-file.ts';
import { problemsOf, temporaryFolder } from '../input/helpers.ts';

test('makes the folders above a file, replaces it, and leaves no draft', () => {
  const folder = temporaryFolder();
  const file = join(folder, 'new/deep/a.txt');
  for (const text of ['one', 'two']) {
    writeFileAtomically(file, text);
    expect(readFileSync(file, 'utf8')).toBe(text);
  }
  expect(readdirSync(join(folder, 'new/deep'))).toEqual(['a.txt']);
});

test('says which file cannot be written, and leaves what is there', () => {
  const folder = temporaryFolder();
  writeFileAtomically(join(folder, 'a.txt'), 'one');
  mkdirSync(join(folder, 'taken'));
  for (const path of ['a.txt/b.txt', 'a.txt/b/c.txt', 'taken']) {
    const [problem] = problemsOf(() => writeFileAtomically(join(folder, path), 'two'));
    expect(problem).toMatchObject({ code: 'output-unwritable', advice: 'choose a file that you may write' });
  }
  expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('one');
  expect(readdirSync(folder).sort()).toEqual(['a.txt', 'taken']);
});
