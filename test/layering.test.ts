import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** Imports point one way (docs/design: the pipeline is the folder list), files stay short, sources name no machine. */

const root = fileURLToPath(new URL('..', import.meta.url));

/** The order of converter/: a folder imports itself and what stands before it. Files at the top come last. */
const PIPELINE: readonly string[] = [
  'tensor',
  'ops',
  'ir',
  'frontends',
  'passes',
  'exporters',
  'compress',
  'plan',
  'backends',
  'estimate',
];

const OURS = ['cli', 'converter', 'runtime-wasm', 'targets', 'test', 'bench', 'scripts'] as const;

const GENERATED = /(^|\/)(golden|generated|node_modules|dist)\//;

/** Files below a folder, as paths from the root. */
function filesBelow(folder: string): readonly string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
    .filter((path) => !GENERATED.test(path) && statSync(join(root, path)).isFile());
}

const read = (path: string) => readFileSync(join(root, path), 'utf8');

interface Import {
  readonly from: string;
  /** A path from the root, or the name of a package. */
  readonly to: string;
}

const IMPORT =
  /^\s*(?:import|export)\b[^;'"`]*?\bfrom\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm;

/** What a file imports, types included. Relative names become paths from the root; those of no file are not imports. */
function importsIn(from: string, text: string, exists: (path: string) => boolean): readonly Import[] {
  return [...text.matchAll(IMPORT)].flatMap((match) => {
    const name = match[1] ?? match[2] ?? match[3] ?? '';
    if (!name.startsWith('.')) return [{ from, to: name }];
    const to = normalize(join(dirname(from), name));
    return exists(to) ? [{ from, to }] : [];
  });
}

/** Position of a file of converter/ in the pipeline. */
function rank(path: string): number {
  if (path === 'converter/problem.ts') return -1;
  const folder = path.split('/')[1] ?? '';
  const index = PIPELINE.indexOf(folder);
  return index === -1 ? PIPELINE.length : index;
}

/** `c` of converter/backends/c/x.ts; undefined for what the parts of `stage` share. */
function part(path: string, stage: string): string | undefined {
  const [, found, name, below] = path.split('/');
  return found === stage && below !== undefined ? name : undefined;
}

const FORBIDDEN_IN_CONVERTER = /^(?:node:)?(?:fs|child_process)(?:\/|$)/;
/** The files that read resources of our own, which ship verbatim (docs/adr/0003). */
const READS_OWN_RESOURCES = [
  'converter/backends/c/counts/coefficients.ts',
  'converter/backends/c/sizes/table.ts',
  'converter/backends/c/support.ts',
  'converter/backends/wasm/loader-source.ts',
];

/** Why an import is wrong; empty when it is right. */
function wrong({ from, to }: Import): string {
  const [area, target] = [from.split('/')[0] ?? '', to.split('/')[0] ?? ''];
  const ours = OURS.some((name) => to.startsWith(`${name}/`));
  switch (area) {
    case 'converter': {
      if (FORBIDDEN_IN_CONVERTER.test(to))
        return READS_OWN_RESOURCES.includes(from) && /fs$/.test(to) ? '' : 'converter/ is pure';
      if (!ours) return '';
      if (target !== 'converter') return `converter/ does not import ${target}/`;
      if (rank(to) > rank(from)) return 'against the order of the pipeline';
      for (const stage of ['backends', 'frontends']) {
        const [a, b] = [part(from, stage), part(to, stage)];
        if (rank(from) === rank(to) && a !== b && b !== undefined) return `${a ?? 'shared code'} does not import ${b}`;
      }
      return '';
    }
    case 'cli':
      return ours && !['cli', 'converter', 'targets', 'runtime-wasm'].includes(target)
        ? `cli/ does not import ${target}/`
        : '';
    case 'targets':
      return target === 'targets' ||
        to === 'converter/problem.ts' ||
        to.startsWith('node:') ||
        (from.startsWith('targets/rp2040/') && to === 'rp2040js') ||
        (from.startsWith('targets/avr/') && to === 'avr8js')
        ? ''
        : 'targets/ imports itself, converter/problem.ts, Node and emulators only';
    case 'runtime-wasm':
      return target === 'runtime-wasm' ? '' : 'runtime-wasm/ imports nothing outside itself';
    default:
      return '';
  }
}

/** The first cycle found, as the list of its files; empty without one. */
function cycle(edges: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): readonly string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return [];
    for (const next of edges.get(file) ?? []) {
      const found = visit(next, [...path, file]);
      if (found.length > 0) return found;
    }
    done.add(file);
    return [];
  };
  return [...edges.keys()].map((file) => visit(file, [])).find((found) => found.length > 0) ?? [];
}

const sources = ['cli', 'converter', 'runtime-wasm', 'targets']
  .flatMap(filesBelow)
  .filter((path) => /\.(?:ts|js|mjs)$/.test(path));
const imports = sources.flatMap((path) => importsIn(path, read(path), (to) => existsSync(join(root, to))));

describe('imports', () => {
  it('point one way', () => {
    expect(imports.length).toBeGreaterThan(20);
    const faults = imports.flatMap((one) => {
      const why = wrong(one);
      return why === '' ? [] : [`${one.from} imports ${one.to}: ${why}`];
    });
    expect(faults).toEqual([]);
  });

  it('of converter/ make no cycle, types included', () => {
    const inside = sources.filter((path) => path.startsWith('converter/'));
    const edges = new Map(
      inside.map((path) => [path, imports.filter(({ from }) => from === path).map(({ to }) => to)]),
    );
    expect(cycle(edges)).toEqual([]);
  });
});

describe('the rules of this test', () => {
  it('see every form of import', () => {
    const text = `import a from './a.ts';\nimport type {\n  B,\n} from "./b.ts";\nexport * from './c.ts';\nimport './d.ts';
const e = await import('./e.ts');\nexport const f = 1; // not from './x.ts'\nimport { g } from 'node:fs';\nimport h from './absent.ts';`;
    const found = importsIn('converter/ops/z.ts', text, (path) => !path.includes('absent')).map(({ to }) => to);
    expect(found).toEqual([...['a', 'b', 'c', 'd', 'e'].map((name) => `converter/ops/${name}.ts`), 'node:fs']);
  });

  it.each([
    ['converter/ops/a.ts', 'converter/tensor/b.ts', true],
    ['converter/ops/a.ts', 'converter/ops/b.ts', true],
    ['converter/tensor/a.ts', 'converter/problem.ts', true],
    ['converter/tensor/a.ts', 'converter/ops/b.ts', false],
    ['converter/problem.ts', 'converter/tensor/b.ts', false],
    ['converter/plan/a.ts', 'converter/index.ts', false],
    ['converter/pipeline.ts', 'converter/estimate/b.ts', true],
    ['converter/backends/c/a.ts', 'converter/backends/wasm/b.ts', false],
    ['converter/backends/c/a.ts', 'converter/backends/b.ts', true],
    ['converter/backends/b.ts', 'converter/backends/c/a.ts', false],
    ['converter/backends/c/kernels/a.ts', 'converter/backends/c/b.ts', true],
    ['converter/frontends/onnx/a.ts', 'converter/frontends/tflite/b.ts', false],
    ['converter/ops/a.ts', 'flatbuffers', true],
    ['converter/ops/a.ts', 'node:fs', false],
    ['converter/ops/a.ts', 'node:fs/promises', false],
    ['converter/backends/c/support.ts', 'node:fs', true],
    ['converter/backends/c/support.ts', 'node:child_process', false],
    ['converter/ops/a.ts', 'targets/tools.ts', false],
    ['cli/main.ts', 'targets/tools.ts', true],
    ['cli/main.ts', 'test/support/tools.ts', false],
    ['targets/a.ts', 'converter/problem.ts', true],
    ['targets/a.ts', 'converter/ops/b.ts', false],
    ['targets/a.ts', 'zod', false],
    ['targets/a.ts', 'rp2040js', false],
    ['targets/rp2040/a.ts', 'rp2040js', true],
    ['runtime-wasm/a.js', 'node:fs', false],
  ])('%s may import %s: %s', (from, to, allowed) => {
    expect(wrong({ from, to }) === '').toBe(allowed);
  });

  it('find a cycle', () => {
    const edges: readonly (readonly [string, readonly string[]])[] = [
      ['a', ['b']],
      ['b', ['c']],
      ['c', ['b']],
    ];
    expect(cycle(new Map(edges))).toEqual(['b', 'c', 'b']);
    expect(
      cycle(
        new Map([
          ['a', ['b', 'c']],
          ['b', ['c']],
        ]),
      ),
    ).toEqual([]);
  });
});

describe('sources', () => {
  const all = OURS.flatMap(filesBelow);

  it('have at most 500 lines', () => {
    const long = all
      .filter((path) => /\.(?:ts|js|mjs|c|h)$/.test(path))
      .map((path) => ({ path, lines: read(path).split('\n').length - 1 }))
      .filter(({ lines }) => lines > 500);
    expect(long).toEqual([]);
  });

  it('name no folder of a machine', () => {
    const places = ['work', 'root', 'home'].map((name) => `/${name}/`);
    const text = [...all, ...filesBelow('docs'), ...filesBelow('examples')].filter((path) =>
      /\.(?:ts|js|mjs|c|h|S|ld|json|md|txt|html)$/.test(path),
    );
    const named = text.filter((path) => places.some((place) => new RegExp(`(?<![\\w.])${place}`).test(read(path))));
    expect(named).toEqual([]);
  });
});
