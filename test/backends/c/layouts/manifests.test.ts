import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { layoutNames } from '../../../../converter/backends/c/layouts/names.ts';
import type { PackageFile } from '../../../../targets/harness/package.ts';
import { fileText, layoutPackage } from './packages.ts';

const pathsOf = (files: readonly PackageFile[]) => files.map(({ path }) => path);

/** Categories of the Arduino library specification, revision 2.2. */
const arduinoCategories = [
  'Display',
  'Communication',
  'Signal Input/Output',
  'Sensors',
  'Device Control',
  'Timing',
  'Data Storage',
  'Data Processing',
  'Other',
];

/** Breaches of the rules of the Arduino library specification and of arduino-lint, as far as they concern a package of ours. */
function arduinoBreaches(files: readonly PackageFile[]): string[] {
  const lines = fileText(files, 'library.properties').split('\n').filter(Boolean);
  const fields = new Map(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  const required = [
    'name',
    'version',
    'author',
    'maintainer',
    'sentence',
    'paragraph',
    'category',
    'url',
    'architectures',
  ];
  const breaches = required.filter((name) => (fields.get(name) ?? '') === '').map((name) => `no ${name}`);
  const check = (holds: boolean, text: string) => {
    if (!holds) breaches.push(text);
  };
  const name = fields.get('name') ?? '';
  check(/^[A-Za-z0-9][A-Za-z0-9 _.-]{0,62}$/.test(name) && !/^arduino/i.test(name), `name ${name}`);
  check(/^\d+\.\d+\.\d+$/.test(fields.get('version') ?? ''), 'version is not semantic');
  check(arduinoCategories.includes(fields.get('category') ?? ''), 'category');
  check(!/^(?:Arduino|.*\blibrary\b)/i.test(fields.get('sentence') ?? ''), 'sentence');
  check(URL.canParse(fields.get('url') ?? ''), 'url');
  for (const include of (fields.get('includes') ?? '').split(',')) {
    check(pathsOf(files).includes(`src/${include}`), `${include} is not below src/`);
  }
  for (const path of pathsOf(files)) {
    check(!/ /.test(path), `space in ${path}`);
    check(!path.startsWith('utility/'), `${path} is of the old format`);
    const sketch = /^examples\/(?:.*\/)?([^/]+)\/([^/]+)\.ino$/.exec(path);
    if (sketch !== null) check(sketch[1] === sketch[2], `${path} is not in a folder of its name`);
  }
  check(
    pathsOf(files).some((path) => path.endsWith('.ino')),
    'no example',
  );
  for (const line of fileText(files, 'keywords.txt').split('\n').filter(Boolean)) {
    check(/^\w+\t(?:KEYWORD[123]|LITERAL1)$/.test(line), `keyword ${line}`);
  }
  return breaches;
}

describe('Arduino', () => {
  test('library.properties, sketch and keywords keep the rules', () => {
    expect(arduinoBreaches(layoutPackage('tiny', ['arduino']))).toEqual([]);
  });

  test('names that Arduino keeps for itself are evaded, and the rules see them', () => {
    const files = layoutPackage('arduino_model', ['arduino']);
    expect(arduinoBreaches(files)).toEqual([]);
    const bad = files.map(({ path, contents }) => ({
      path,
      contents: path === 'library.properties' ? fileText(files, path).replace('name=model_', 'name=') : contents,
    }));
    expect(arduinoBreaches(bad)).toEqual(['name arduino_model']);
  });

  test('every include of src/ is found from there', () => {
    const files = layoutPackage('tiny', ['arduino']);
    for (const path of pathsOf(files).filter((name) => /^src\/.*\.[ch]$/.test(name))) {
      for (const [, included = ''] of fileText(files, path).matchAll(/^#include "([^"]+)"/gm)) {
        expect(pathsOf(files)).toContain(posix.normalize(posix.join('src', included)));
      }
    }
  });
});

/** The manifest of PlatformIO: fields and forms of its documentation of library.json. */
const libraryJson = z.strictObject({
  $schema: z.url(),
  name: z
    .string()
    .max(50)
    .regex(/^(?!-)(?!.*--)[a-z0-9-]+(?<!-)$/),
  version: z
    .string()
    .max(20)
    .regex(/^\d+\.\d+\.\d+$/),
  description: z.string().min(1).max(255),
  keywords: z.array(z.string().regex(/^[a-z\d+\- ]+$/)),
  license: z.literal('0BSD'),
  frameworks: z.literal('*'),
  platforms: z.literal('*'),
  headers: z.array(z.string()),
  build: z.strictObject({
    includeDir: z.string(),
    srcDir: z.string(),
    srcFilter: z.array(z.string().regex(/^[+-]<[^<>]+>$/)),
    flags: z.array(z.string()).optional(),
  }),
});

describe('PlatformIO', () => {
  test('library.json has the fields that are defined, and names files that are there', () => {
    const files = layoutPackage('tiny', ['platformio']);
    const manifest = libraryJson.parse(JSON.parse(fileText(files, 'library.json')));
    const { includeDir, srcDir, srcFilter } = manifest.build;
    for (const header of manifest.headers) expect(pathsOf(files)).toContain(`${includeDir}/${header}`);
    const added = srcFilter.filter((rule) => rule.startsWith('+')).map((rule) => rule.slice(2, -1));
    expect(added.map((path) => `${srcDir}/${path}`)).toEqual(
      pathsOf(files).filter((path) => /^src\/.*\.c$/.test(path)),
    );
  });
});

/** Names of elements, with their depth, of XML without CDATA; throws where tags do not match. */
function xmlElements(text: string): readonly { readonly name: string; readonly depth: number }[] {
  const open: string[] = [];
  const found: { name: string; depth: number }[] = [];
  const body = text.replace(/<\?[^?]*\?>|<!--[\s\S]*?-->/g, '');
  for (const [tag, close, name = '', attributes = '', empty] of body.matchAll(
    /<(\/?)([\w-]+)((?:\s+[\w:]+="[^"<&]*")*)\s*(\/?)>/g,
  )) {
    if (close === '/') {
      if (open.pop() !== name) throw new Error(`${tag} closes nothing`);
      continue;
    }
    found.push({ name, depth: open.length });
    if (empty !== '/') open.push(name);
    if (/&(?!amp;|lt;|gt;|quot;)/.test(attributes)) throw new Error(`${tag} has a bare &`);
  }
  if (open.length > 0) throw new Error(`${open.join(', ')} is left open`);
  return found;
}

describe('CMSIS-Pack', () => {
  const files = layoutPackage('tiny', ['cmsis-pack']);
  const text = fileText(files, 'thimble.tiny.pdsc');

  test('the description is XML with what the schema demands', () => {
    const elements = xmlElements(text);
    const tops = elements.filter(({ depth }) => depth === 1).map(({ name }) => name);
    expect(tops.slice(0, 4)).toEqual(['vendor', 'name', 'description', 'url']);
    expect(tops).toEqual(expect.arrayContaining(['license', 'releases', 'conditions', 'components']));
    expect(text).toContain('<vendor>thimble</vendor>');
    expect(text).toContain('<name>tiny</name>');
  });

  test('components name files that are there, and conditions that are defined', () => {
    for (const [, path = ''] of text.matchAll(/<file [^>]*name="([^"]+)"/g)) {
      if (path.endsWith('/')) expect(pathsOf(files).some((file) => file.startsWith(path))).toBe(true);
      else expect(pathsOf(files)).toContain(path);
    }
    const defined = [...text.matchAll(/<condition id="([^"]+)"/g)].map(([, id]) => id);
    for (const [, id] of text.matchAll(/ condition="([^"]+)"/g)) expect(defined).toContain(id);
  });
});

describe('Zephyr and ESP-IDF', () => {
  test('the module names folders that are there', () => {
    const files = layoutPackage('tiny', ['zephyr']);
    const yaml = fileText(files, 'zephyr/module.yml');
    expect(yaml).toMatch(/^ {2}cmake: zephyr$/m);
    expect(yaml).toMatch(/^ {2}kconfig: zephyr\/Kconfig$/m);
    const sources = [...fileText(files, 'zephyr/CMakeLists.txt').matchAll(/\.\.\/([\w/]+\.c)/g)].map(
      ([, path]) => path,
    );
    expect(sources).toHaveLength(4);
    for (const path of sources) expect(pathsOf(files)).toContain(path);
  });

  test('the component says what it needs', () => {
    const yaml = fileText(layoutPackage('tiny', ['esp-idf']), 'idf_component.yml');
    expect(yaml).toMatch(/^version: "\d+\.\d+\.\d+"$/m);
    expect(yaml).toMatch(/^ {2}idf: ">=5\.0"$/m);
  });
});

describe('layouts together', () => {
  test('never write a path twice, and leave the library as it is', () => {
    const all = layoutPackage('tiny', layoutNames, { singleHeader: true });
    const paths = pathsOf(all);
    expect(new Set(paths).size).toBe(paths.length);
    const plain = layoutPackage('tiny', []);
    const library = plain.filter(({ path }) => /^(?:src|include|test)\//.test(path));
    for (const { path } of library) expect(fileText(all, path)).toBe(fileText(plain, path));
  });
});
