import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reportSchema } from '../../../cli/report/schema.ts';
import { inFolder, runCli, runJson } from '../run-cli.ts';
import { hostileName, writeTiny } from './tiny.ts';

const reportOn = async (path: string, ...more: readonly string[]) => {
  const { code, value } = await runJson(['report', path, ...more]);
  expect(code).toBe(0);
  return reportSchema.parse(value);
};

describe.each([
  ['c', 'nano33ble'],
  ['wasm', 'rpi5'],
] as const)('a report on a package for %s', (to, target) => {
  it('says of graph, memory and latency what that on the model says', () =>
    inFolder(async (folder) => {
      const [tiny, out] = [writeTiny(folder), join(folder, 'out')];
      expect((await runCli(['convert', tiny, '--to', to, '--target', target, '--out', out])).code).toBe(0);
      const [own, model] = [await reportOn(out), await reportOn(tiny, '--to', to, '--target', target)];
      expect(own.graph).toEqual(model.graph);
      expect(own.graph.layers.map(({ operator }) => operator)).toEqual(['fully-connected', 'fully-connected']);
      expect(own.graph.layers[0]?.fused).toEqual([expect.stringContaining('flat')]);
      expect(own.graph.layers.map(({ inputs, outputs }) => [inputs, outputs])).toEqual([
        [[0], [1]],
        [[1], [2]],
      ]);
      const plain = ({ buffers, peak, ...rest }: typeof own.memory) => ({
        ...rest,
        step: peak.step,
        buffers: buffers.map(({ name, ...place }) => place),
      });
      expect(plain(own.memory)).toEqual(plain(model.memory));
      const [mine, theirs] = [own.latency[0], model.latency[0]];
      // A package has whole instructions of each class.
      expect(Math.abs((mine?.us ?? 0) / (theirs?.us ?? 1) - 1)).toBeLessThan(0.02);
      expect(mine?.layers.map(({ index }) => index)).toEqual(theirs?.layers.map(({ index }) => index));
      const names = own.sizes.parts.map(({ name }) => name);
      expect(names[0]).toMatch(to === 'c' ? /^weights and tables$/ : /^code, /);
      const manifest = own.provenance.outputs.find(({ path }) => path === 'thimble.json');
      expect(manifest?.bytes).toBe(readFileSync(join(out, 'thimble.json')).length);
      expect(own.provenance.commands).toEqual([
        'thimble report out',
        expect.stringContaining(`thimble convert tiny.tflite --to ${to}`),
      ]);
      if (to === 'c') await tellsOfChanges(out);
      await refusesDamaged(out);
      if (to === 'wasm') await refusesImpossible(out);
    }));
});

async function tellsOfChanges(out: string): Promise<void> {
  writeFileSync(join(out, 'README.md'), 'mine');
  expect((await reportOn(out)).notes.join(' ')).toContain('1 files are missing or not what thimble wrote: README.md');
}

async function refusesImpossible(out: string): Promise<void> {
  const path = join(out, 'thimble.json');
  expect(
    (await runCli(['convert', writeTiny(out), '--to', 'wasm', '--target', 'rpi5', '--out', out, '--force'])).code,
  ).toBe(0);
  const text = readFileSync(path, 'utf8');
  const latencyOf = async (p50Ms: string) => {
    writeFileSync(
      path,
      text.replace(/"p50Ms": [^,]*/, `"p50Ms": ${p50Ms}`).replace(/"p95Ms": [^,]*/, `"p95Ms": ${p50Ms}`),
    );
    return runJson(['report', out]);
  };
  const none = await latencyOf('0');
  expect(reportSchema.parse(none.value).latency[0]?.rangeUs).toMatchObject({ low: 0, high: 0 });
  const endless = await latencyOf('1e308');
  expect([endless.code, JSON.stringify(endless.value)]).toEqual([1, expect.stringContaining('latency.0.us')]);
  // Files with holes take no room on the disk.
  for (const name of ['one.bin', 'two.bin']) {
    writeFileSync(join(out, name), '');
    truncateSync(join(out, name), 2 ** 29);
  }
  expect((await runCli(['report', out])).stderr).toContain('more than a package of thimble');
  for (const name of ['one.bin', 'two.bin']) rmSync(join(out, name));
  const whole = JSON.parse(text);
  const [layer, buffer] = [whole.graph.layers[0], whole.plan.buffers[0]];
  whole.graph.layers = Array.from({ length: 5000 }, (_, index) => ({ ...layer, index }));
  whole.plan.buffers = Array.from({ length: 5000 }, () => ({ ...buffer, start: -1, end: 5000 }));
  writeFileSync(path, JSON.stringify(whole));
  expect((await runCli(['report', out])).stderr).toContain(
    '5000 layers and 5000 buffers are more than a report can tell of',
  );
}

async function refusesDamaged(out: string): Promise<void> {
  const path = join(out, 'thimble.json');
  const whole: unknown = JSON.parse(readFileSync(path, 'utf8'));
  const refused = async (change: object, what: string) => {
    writeFileSync(path, JSON.stringify({ ...(whole as object), ...change }));
    const { code, stdout } = await runCli(['report', out, '--json']);
    expect([code, stdout]).toEqual([1, expect.stringContaining(what)]);
  };
  await refused({ graph: undefined }, 'of an older thimble');
  await refused({ plan: undefined }, 'several models, or none');
  await refused({ generator: 'other' }, 'is not of thimble convert');
  await refused({ graph: { layers: [], tensors: [], inputs: [3], outputs: [] } }, 'that it does not have');
  await refused({ graph: { layers: [{ index: -1 }], tensors: [], inputs: [], outputs: [] } }, 'graph.layers.0');
  expect((await runCli(['report', out, '--quantize', 'int8'])).stderr).toContain(
    '--quantize has no meaning for a package',
  );
}

describe('the page', () => {
  it('is written once, replaces its own, and nothing that it did not write', () =>
    inFolder(async (folder) => {
      const argv = ['report', writeTiny(folder), '--to', 'wasm', '--target', 'rpi5'];
      const first = await runCli(argv, folder);
      expect([first.code, first.stderr]).toEqual([0, '']);
      expect(first.stdout).toMatch(/^Wrote tiny-report.html, [\d,]+ B .*: a report on tiny.tflite$/m);
      expect(first.stdout).toMatch(/^ {2}layers +2, 18 MACs$/m);
      const path = join(folder, 'tiny-report.html');
      const page = readFileSync(path, 'utf8');
      expect(page).toContain('<script type="application/json" id="thimble-report">');
      expect(page).not.toContain(hostileName.slice(0, 30));
      expect(page).not.toContain('\u0007');
      writeFileSync(path, 'something else');
      const refused = await runCli(argv, folder);
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('it is no report of thimble')]);
      expect(readFileSync(path, 'utf8')).toBe('something else');
      writeFileSync(path, page.slice(0, -1));
      expect((await runCli(argv, folder)).code).toBe(0);
      expect(readFileSync(path, 'utf8')).toBe(page);
      const other = await runCli([...argv, '--out', 'report.txt'], folder);
      expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('does not end in .html')]);
    }));
});
