import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { manifestOf } from './app.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const apps = ['camera', 'digits-live', 'node'];

const read = (...path: readonly string[]) => readFileSync(join(root, ...path), 'utf8');

/** What the sources of an app import: its files, by their paths in it, and packages. */
function importsOf(name: string): { readonly files: readonly string[]; readonly packages: readonly string[] } {
  const folder = join(root, 'examples', name);
  const left = /(^|\/)(node_modules|model|dist)\//;
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (path) => /\.(ts|js)$/.test(path) && !left.test(path),
  );
  const found = sources.flatMap((path) =>
    [...read('examples', name, path).matchAll(/^(?:import|export)\b[^;'"]*?from '([^']+)'/gm)].map(([, to = '']) => ({
      path,
      to,
    })),
  );
  return {
    files: found.flatMap(({ path, to }) =>
      to.startsWith('.') ? [relative(folder, join(folder, dirname(path), to))] : [],
    ),
    packages: [...new Set(found.flatMap(({ to }) => (/^(\.|node:)/.test(to) ? [] : [to.split('/')[0] ?? ''])))],
  };
}

describe.each(apps)('the example %s', (name) => {
  const manifest = manifestOf(name);

  test('is a private package whose model is made by thimble', () => {
    expect(manifest).toMatchObject({ private: true, type: 'module', devDependencies: { thimble: 'file:../..' } });
    expect(manifest.scripts.model).toMatch(
      /^thimble convert \.\.\/digits\/digits_int8\.tflite --to wasm .* --out model$/,
    );
    expect(Object.values(manifest.dependencies)).toContain('file:model');
  });

  test('imports its own files and what it names', () => {
    const { files, packages } = importsOf(name);
    expect(files.filter((path) => path.startsWith('..'))).toEqual([]);
    expect(packages.filter((one) => builtinModules.includes(one))).toEqual([]);
    expect([...packages].sort()).toEqual(Object.keys(manifest.dependencies).sort());
  });

  test('wants versions that it is tested with', () => {
    for (const [dependency, range] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      if (range.startsWith('file:')) continue;
      const { version } = JSON.parse(read('node_modules', dependency, 'package.json'));
      const [wanted, have] = [range.slice(1), version].map((text: string) => text.split('.').map(Number));
      expect(range[0]).toBe('^');
      expect(have?.[0], `${dependency} ${range}`).toBe(wanted?.[0]);
      const newer = (have?.[1] ?? 0) - (wanted?.[1] ?? 0) || (have?.[2] ?? 0) - (wanted?.[2] ?? 0);
      expect(newer, `${dependency} ${range}, tested with ${version}`).toBeGreaterThanOrEqual(0);
    }
  });

  test('has a README whose commands exist', () => {
    const commands = [...read('examples', name, 'README.md').matchAll(/npm run ([\w-]+)/g)].map(
      ([, script = '']) => script,
    );
    expect(commands).toContain('model');
    expect(commands.filter((script) => manifest.scripts[script] === undefined)).toEqual([]);
  });
});
