import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasChromium, openPage, useChromium } from './chromium.ts';
import { type Served, serve, serveFolder, strictPolicy } from './serve.ts';

/** Pages with one fault each. */
const pages: { readonly [path: string]: string } = {
  '/good': '<!doctype html><title>good</title><p>text</p><script src="/good.js"></script>',
  '/throws': '<!doctype html><title>throws</title><script src="/throws.js"></script>',
  '/missing': '<!doctype html><title>missing</title><script src="/none.js"></script>',
  '/refused': '<!doctype html><title>refused</title><script>document.title = "ran";</script>',
  '/good.js': 'console.log("good")',
  '/throws.js': 'setTimeout(() => { throw new Error("a slip"); })',
};

describe.skipIf(!hasChromium)('a page in Chromium', () => {
  const browser = useChromium();
  let served: Served;
  beforeAll(async () => {
    served = await serve(({ pathname }) => {
      const body = pages[pathname];
      const type = pathname.endsWith('.js') ? 'text/javascript' : 'text/html';
      const headers = { 'content-type': type, 'content-security-policy': strictPolicy };
      return body === undefined ? undefined : { headers, body };
    });
  });
  afterAll(() => served.close());

  test.each([
    ['throws', 'Error: a slip'],
    ['missing', '404'],
    ['refused', 'Content Security Policy'],
  ])('%s', async (name, fault) => {
    const { page, faults } = await openPage(browser(), `${served.origin}/${name}`);
    await expect.poll(() => faults).toEqual([expect.stringContaining(fault)]);
    expect(await page.title()).toBe(name);
    await page.close();
  });

  test('of the size and the scheme asked for, without faults', async () => {
    const options = { width: 360, height: 500, colorScheme: 'dark' } as const;
    const { page, faults } = await openPage(browser(), `${served.origin}/good`, options);
    const found = await page.evaluate('[innerWidth, innerHeight, matchMedia("(prefers-color-scheme: dark)").matches]');
    expect(found).toEqual([360, 500, true]);
    expect(faults).toEqual([]);
    await page.close();
  });
});

describe('a server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'thimble-serve-'));
  let served: Served;
  beforeAll(async () => {
    mkdirSync(join(folder, 'site/below'), { recursive: true });
    writeFileSync(join(folder, 'outside.txt'), 'outside');
    writeFileSync(join(folder, 'site/index.html'), 'top');
    writeFileSync(join(folder, 'site/below/a b.mjs'), 'code');
    symlinkSync(join(folder, 'outside.txt'), join(folder, 'site/link.txt'));
    served = await serveFolder(join(folder, 'site'), { 'x-own': 'yes' });
  });
  afterAll(async () => {
    await served.close();
    rmSync(folder, { recursive: true });
  });

  /** Asks for a path as it stands: `fetch` would take the dots out. */
  const statusOf = (path: string) =>
    new Promise<number | undefined>((done, fail) => {
      const asked = request(served.origin, { path }, (response) => {
        response.resume();
        done(response.statusCode);
      });
      asked.on('error', fail).end();
    });

  test('gives the files of a folder with their types', async () => {
    const top = await fetch(`${served.origin}/`);
    expect([top.headers.get('content-type'), top.headers.get('x-own')]).toEqual(['text/html; charset=utf-8', 'yes']);
    expect(await top.text()).toBe('top');
    const file = await fetch(`${served.origin}/below/a%20b.mjs`);
    expect([file.headers.get('content-type'), await file.text()]).toEqual(['text/javascript; charset=utf-8', 'code']);
  });

  test.each([
    '/../outside.txt',
    '/%2e%2e/outside.txt',
    '/..%2foutside.txt',
    '/below/..%2f..%2foutside.txt',
    '/link.txt',
    '/none.html',
    '/below/',
    '/%00',
    '/%',
  ])('has nothing at %s', async (path) => {
    expect(await statusOf(path)).toBe(404);
  });

  test('says what its answer threw', async () => {
    const other = await serve(() => Promise.reject(new Error('no answer')));
    const response = await fetch(`${other.origin}/x`);
    expect([response.status, await response.text()]).toEqual([500, 'Error: no answer']);
    await other.close();
    await expect(fetch(`${other.origin}/x`)).rejects.toThrow();
  });
});
