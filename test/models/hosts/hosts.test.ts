import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { needNode24 } from '../../support/npm-tools.ts';
import { hasShared } from '../../support/shared.ts';
import { needTool } from '../../support/tools.ts';
import { casesOf, modelRows, operatorCasesOf, operatorRows } from './cases.ts';
import { type Comparison, enginesPage, type HostName, hostTable } from './engines-page.ts';
import { type HostRun, runInChromium, runInNode } from './hosts.ts';
import { judge, type Wanted, wantedOf } from './judge.ts';
import { type StagedCase, stageCase, stageScripts } from './stage.ts';

/**
 * Every model of the test material that converts, and operator cases, in every variant of its bundle, in this Node.js, in Node.js 24 and in Chromium. THIMBLE_MODELS=kws
 * takes the models with that in their path. THIMBLE_UPDATE_GOLDEN=1 writes docs/wasm-engines.md anew.
 */
const filter = process.env.THIMBLE_MODELS ?? '';

const hasChromium = hasShared && needTool('chromium').available;
const node24 = hasShared ? needNode24() : { available: false, path: '' };
const page = fileURLToPath(new URL('../../../docs/wasm-engines.md', import.meta.url));

/** What an operator case must give lies in its job. */
const given: Wanted = { origin: 'another runtime', outputs: [] };

/** On a computer that is busy; alone it takes a minute in all. */
const timeout = 600_000;

describe.skipIf(!hasShared)('every model in every variant', () => {
  const staged: (StagedCase & { readonly wanted: Wanted })[] = [];
  const refused: string[] = [];
  const rows: Comparison[] = [];
  let folder = '';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'thimble-hosts-'));
    stageScripts(folder);
    for (const row of modelRows().filter(({ path }) => path.includes(filter))) {
      const cases = casesOf(row);
      const bundles = cases.map((model, i) => stageCase(folder, `m${staged.length + i}`, model));
      for (const one of bundles) {
        if (one !== null) staged.push({ ...one, wanted: await wantedOf(one) });
      }
      if (bundles.every((one) => one === null)) refused.push(row.path);
    }
    for (const row of operatorRows().filter(({ path }) => path.includes(filter))) {
      const bundles = operatorCasesOf(row).map((model, i) => stageCase(folder, `m${staged.length + i}`, model));
      for (const one of bundles) if (one !== null) staged.push({ ...one, wanted: given });
    }
  }, timeout);

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
    const count = (kind: string) => rows.filter(({ verdict }) => verdict.kind === kind).length;
    const hosts = new Set(rows.map(({ host }) => host)).size;
    const models = new Set(rows.flatMap(({ path, isOperator }) => (isOperator ? [] : [path]))).size;
    const operators = new Set(rows.flatMap(({ path, isOperator }) => (isOperator ? [path] : []))).size;
    const [equal, wrong, notRun] = [count('equal'), count('wrong'), count('not run')];
    console.log(
      `${models} models and ${operators} operator cases x variants x ${hosts} engines: ${equal} equal, ${wrong} wrong, ${notRun} that the engine cannot run\n${hostTable(rows)}`,
    );
  });

  /** Judges what a host did, and gives what is wrong. */
  function faults(host: HostName, { version, results }: HostRun): string[] {
    const own = staged.flatMap((one) => {
      const found = results.get(one.id) ?? [];
      expect(new Set(found.map(({ variant }) => variant)), one.model.path).toEqual(new Set(one.variants));
      return found.map((result): Comparison => {
        const { variant, threads } = result;
        const { path } = one.model;
        const { origin } = one.wanted;
        const isOperator = one.model.job !== null;
        return { host, path, isOperator, origin, variant, threads, verdict: judge(one, one.wanted, result) };
      });
    });
    rows.push(...own);
    return own.flatMap(({ path, variant, threads, verdict }) =>
      verdict.kind === 'wrong' ? [`${path}, ${variant} x ${threads} in ${version}: ${verdict.why}`] : [],
    );
  }

  const ids = () => staged.map(({ id }) => id);
  const notRun = (host: HostName) =>
    rows.flatMap((row) => (row.host === host && row.verdict.kind === 'not run' ? [row.variant] : []));

  test('there are models', () => {
    expect(staged.length).toBeGreaterThan(filter === '' ? 400 : 0);
  });

  test('in this Node.js', { timeout }, async () => {
    expect(faults('Node.js 20', await runInNode(process.execPath, folder, ids()))).toEqual([]);
    expect(notRun('Node.js 20')).not.toContain('simd128');
  });

  test.skipIf(!node24.available)('in Node.js 24', { timeout }, async () => {
    expect(faults('Node.js 24', await runInNode(node24.path, folder, ids()))).toEqual([]);
    expect(notRun('Node.js 24')).not.toContain('madd');
  });

  test.skipIf(!hasChromium)('in a page of Chromium with a strict policy', { timeout }, async () => {
    const run = await runInChromium(folder, ids());
    expect(faults('Chromium', run)).toEqual([]);
    expect(run.violations).toEqual([]);
    expect(notRun('Chromium')).not.toContain('madd');
  });

  const isComplete = filter === '' && hasChromium && node24.available && process.versions.node.startsWith('20.');
  test.skipIf(!isComplete)('docs/wasm-engines.md says what came of it', ({ skip }) => {
    skip(notRun('Chromium').length > 0, 'this processor has no exact dot product');
    const text = enginesPage(rows, refused);
    if (process.env.THIMBLE_UPDATE_GOLDEN === '1') writeFileSync(page, text);
    expect(readFileSync(page, 'utf8'), 'run with THIMBLE_UPDATE_GOLDEN=1').toBe(text);
  });
});
