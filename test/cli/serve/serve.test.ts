import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isKnownHost, isOwnOrigin } from '../../../cli/serve/host.ts';
import { digitsFloat, digitsInt8, inFolder, runCli, runJson } from '../run-cli.ts';
import { problems } from '../schemas.ts';
import { type Serving, startServing } from './serving.ts';

interface Answered {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** A request as it is written: `fetch` would mend the path, and keep the host. */
function ask(url: string, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answered> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text) => {
        body += text;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body, headers: answer.headers }));
    });
    sent.on('error', reject).end();
  });
}

describe('thimble serve', () => {
  let folder = '';
  let serving: Serving;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'thimble-serve-'));
    const labels = Array.from({ length: 10 }, (_, i) => `digit ${i}`).join('\n');
    writeFileSync(join(folder, 'labels.txt'), labels);
    cpSync(digitsInt8, join(folder, 'digits_int8.tflite'));
    const argv = ['convert', 'digits_int8.tflite', '--to', 'wasm', '--labels', 'labels.txt', '--pixels', '0..1'];
    expect((await runCli([...argv, '--out', 'bundle'], folder)).code).toBe(0);
    serving = await startServing(['bundle'], folder);
  }, 60_000);
  afterAll(async () => {
    await serving.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('prints where the page is, and serves it for this computer alone', async () => {
    expect(serving.text).toMatch(/^Serving bundle: http:\/\/127\.0\.0\.1:\d+\/\nCtrl\+C ends it\.\n$/);
    const page = await ask(serving.url, '/');
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toContain("script-src 'self' 'wasm-unsafe-eval';");
    expect(page.headers['content-security-policy']).not.toContain("'unsafe");
    expect(page.headers['cross-origin-embedder-policy']).toBe('require-corp');
    for (const [, path = ''] of page.body.matchAll(/(?:src|href)="([^"]+)"/g)) {
      expect((await ask(serving.url, `/${path}`)).status).toBe(200);
    }
  });

  it('tells the page what the bundle says, and where it finds the model, of the reference', async () => {
    const about = JSON.parse((await ask(serving.url, '/about.json')).body);
    expect(about).toMatchObject({ title: 'bundle', name: 'digits_int8', isConverted: false });
    expect(about.labels[7]).toBe('digit 7');
    const [input] = Object.values(about.inputs);
    expect(input).toMatchObject({
      isDeclared: true,
      isInBundle: true,
      feed: { kind: 'picture', width: 8, channels: 1 },
    });
    expect(about.reference).toEqual({ runs: 3, why: '' });
    const run = JSON.parse((await ask(serving.url, '/reference.json?run=2')).body);
    expect(Buffer.from(Object.values<string>(run.outputs)[0] ?? '', 'base64').length).toBe(10);
    expect((await ask(serving.url, '/reference.json?run=3')).status).toBe(404);
    expect((await ask(serving.url, '/reference.json?run=1e9')).status).toBe(404);
  });

  it('serves files of the bundle anew each time, and keeps none', async () => {
    const code = await ask(serving.url, '/model/model.simd128.wasm');
    expect([code.status, code.headers['content-type']]).toEqual([200, 'application/wasm']);
    expect(code.headers['cache-control']).toBe('no-store');
    writeFileSync(join(folder, 'bundle', 'later.txt'), 'first');
    expect((await ask(serving.url, '/model/later.txt')).body).toBe('first');
    writeFileSync(join(folder, 'bundle', 'later.txt'), 'second');
    expect((await ask(serving.url, '/model/later.txt')).body).toBe('second');
  });

  it.each([
    '/model/../labels.txt',
    '/model/..%2flabels.txt',
    '/model/%2e%2e%2flabels.txt',
    '/model/..%5clabels.txt',
    '/model/link.txt',
    '/model/sub/inside.txt',
    '/model/.hidden',
    '/model/',
    '/labels.txt',
    '/../../../../etc/hostname',
    '/cli/serve/routes.ts',
    '/cli/serve/page/../routes.ts',
    '/cli/serve/page/%2e%2e/routes.ts',
    '/runtime-wasm/../package.json',
    '/package.json',
  ])('does not serve %s', async (path) => {
    const bundle = join(folder, 'bundle');
    mkdirSync(join(bundle, 'sub'), { recursive: true });
    for (const name of ['sub/inside.txt', '.hidden']) writeFileSync(join(bundle, name), 'x');
    rmSync(join(bundle, 'link.txt'), { force: true });
    symlinkSync(join(folder, 'labels.txt'), join(bundle, 'link.txt'));
    expect((await ask(serving.url, path)).status).toBe(404);
  });

  it('refuses other names and other pages', async () => {
    expect((await ask(serving.url, '/', { host: 'evil.example' })).status).toBe(421);
    expect((await ask(serving.url, '/about.json', { host: `evil.example:${new URL(serving.url).port}` })).status).toBe(
      421,
    );
    expect((await ask(serving.url, '/', { host: 'localhost' })).status).toBe(200);
    expect((await ask(serving.url, '/about.json', { origin: 'http://evil.example' })).status).toBe(403);
    expect((await ask(serving.url, '/model/index.js', { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    const followed = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    expect((await ask(serving.url, '/', followed)).status).toBe(200);
    expect((await ask(serving.url, '/about.json', {}, 'PUT')).status).toBe(405);
    expect((await ask(serving.url, '/%E0%A4%A', {})).status).toBe(400);
  });

  it('writes no profile without --profile-out', async () => {
    const { status, body } = await ask(serving.url, '/profile-result', {}, 'POST');
    expect([status, body]).toEqual([403, 'no file is written without --profile-out']);
  });

  it('takes a model file, converts it in memory, and writes nothing', async () => {
    await inFolder(async (cwd) => {
      const direct = await startServing([digitsFloat, '--json'], cwd);
      const value = JSON.parse(direct.text);
      expect(value).toMatchObject({ command: 'serve', url: direct.url, addresses: [], converted: true });
      const about = JSON.parse((await ask(direct.url, '/about.json')).body);
      expect(about.isConverted).toBe(true);
      const [input] = Object.values(about.inputs);
      expect(input).toMatchObject({ isDeclared: false, isInBundle: false, pixels: '0..1' });
      expect((await ask(direct.url, '/model/index.js')).status).toBe(200);
      expect(await direct.stop()).toBe(0);
      await expect(ask(direct.url, '/')).rejects.toThrow();
    });
  });

  it('tells of the network with --host', async () => {
    const open = await startServing(['bundle', '--host', '0.0.0.0'], folder);
    expect(open.url).toMatch(/^http:\/\/localhost:\d+\/$/);
    for (const word of ['Everyone in the network', 'Camera, microphone', 'adb reverse'])
      expect(open.text).toContain(word);
    expect(await open.stop()).toBe(0);
  });

  it.each([
    ['gone', [], 1, 'no such file', 'check the path'],
    ['.', [], 1, 'it holds no thimble.json', 'give a folder that thimble convert --to wasm wrote, or a model file'],
    ['c', [], 1, 'it is a C package, which no browser runs', 'thimble build'],
    ['broken', [], 1, 'it lacks index.js', 'convert the model again'],
    [
      'bundle',
      ['--model', digitsFloat],
      1,
      'it is not the model that the bundle was made of',
      'convert this one again',
    ],
    ['bundle', ['--model', 'none.tflite'], 1, 'no such file', 'check the path'],
    ['bundle', ['--variants', 'dot'], 2, '--variants goes with a model file alone', 'leave it out'],
    ['bundle', ['--pixels', '0..2'], 1, '"0..2" is not known', '0..255'],
    ['bundle', ['--port', '70000'], 2, '--port 70000 is no port', 'up to 65535'],
    ['bundle', ['--host', ''], 2, '--host names no address', 'give 0.0.0.0 for all'],
    ['bundle', ['--host', '203.0.113.7'], 1, 'this computer does not have the address', '--host 127.0.0.1'],
    ['bundle', ['--profile-out', 'labels.txt'], 2, 'does not end in .json', 'mine.json'],
    [digitsInt8, ['--model', digitsInt8], 2, '--model goes with a folder alone', 'leave it out'],
    ['labels.txt', [], 1, 'text', ''],
  ])('refuses %s %j', async (out, more, expected, what, advice) => {
    mkdirSync(join(folder, 'c'), { recursive: true });
    writeFileSync(join(folder, 'c', 'thimble.json'), '{"generator": "thimble 0.1.0", "prefix": "m"}');
    cpSync(join(folder, 'bundle', 'thimble.json'), join(folder, 'broken', 'thimble.json'));
    const { code, stderr, stdout } = await runCli(['serve', out, ...more], folder);
    expect([code, stdout]).toEqual([expected, '']);
    expect(stderr).toContain(what);
    expect(stderr).toContain(advice);
  });

  it('refuses a port in use, and as JSON', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { code, value } = await runJson(['serve', 'bundle', '--port', String(port)], folder);
    other.close();
    const [problem] = problems.parse(value).problems;
    expect([code, problem?.code, problem?.what]).toEqual([1, 'serve-address', 'another program listens there']);
  });

  it('takes a bundle that is converted anew, and its reference no more', async () => {
    const argv = ['convert', digitsInt8, '--to', 'wasm', '--out', 'again'];
    expect((await runCli(argv, folder)).code).toBe(0);
    const again = await startServing(['again', '--model', digitsInt8], folder);
    const about = async () => ask(again.url, '/about.json');
    expect(JSON.parse((await about()).body).reference.runs).toBe(3);
    expect((await runCli(['convert', digitsFloat, '--to', 'wasm', '--out', 'again'], folder)).code).toBe(0);
    const { name, reference } = JSON.parse((await about()).body);
    expect([name, reference.runs]).toEqual(['digits_float', 0]);
    expect(reference.why).toContain('another model');
    rmSync(join(folder, 'again'), { recursive: true });
    const gone = await about();
    expect([gone.status, gone.body]).toEqual([500, expect.stringContaining('it holds no thimble.json')]);
    await again.stop();
  });

  it('has no reference for what a model file does not compute', async () => {
    const file = join(folder, 'bundle', 'thimble.json');
    const manifest = readFileSync(file, 'utf8');
    cpSync(join(folder, 'bundle'), join(folder, 'pruned'), { recursive: true });
    writeFileSync(
      join(folder, 'pruned', 'thimble.json'),
      manifest.replace('--to wasm', '--to wasm --prune \\"macs=50%\\"'),
    );
    const pruned = await startServing(['pruned'], folder);
    const about = JSON.parse((await ask(pruned.url, '/about.json')).body);
    expect(about.reference.runs).toBe(0);
    expect(about.reference.why).toContain('the bundle was made with --prune');
    await pruned.stop();
  });
});

it('ends with 0 by a signal, and listens to none afterwards', async () => {
  const before = process.listenerCount('SIGINT');
  const serving = await startServing([digitsInt8], tmpdir());
  expect(process.listenerCount('SIGINT')).toBe(before + 1);
  process.emit('SIGINT');
  expect(await serving.code).toBe(0);
  expect(process.listenerCount('SIGINT')).toBe(before);
});

describe('hosts', () => {
  it.each([
    ['127.0.0.1:80', '127.0.0.1', true],
    ['localhost', '127.0.0.1', true],
    ['[::1]:9', '127.0.0.1', true],
    ['192.168.1.5:8000', '0.0.0.0', true],
    ['box.local:8000', 'box.local', true],
    ['evil.example', '127.0.0.1', false],
    ['127.0.0.1.evil.example', '127.0.0.1', false],
    ['localhost.evil.example:80', '0.0.0.0', false],
    ['', '127.0.0.1', false],
    [undefined, '127.0.0.1', false],
    ['a b', '127.0.0.1', false],
  ])('%s is ours where %s is served: %s', (header, served, expected) => {
    expect(isKnownHost(header, served)).toBe(expected);
  });

  it('tell origins', () => {
    expect(isOwnOrigin({ host: 'localhost:1' })).toBe(true);
    expect(isOwnOrigin({ host: 'localhost:1', origin: 'http://localhost:1' })).toBe(true);
    expect(isOwnOrigin({ host: 'localhost:1', origin: 'http://localhost:2' })).toBe(false);
    expect(isOwnOrigin({ host: 'localhost:1', origin: 'null' })).toBe(false);
    expect(isOwnOrigin({ host: 'localhost:1', 'sec-fetch-site': 'same-origin' })).toBe(true);
    expect(isOwnOrigin({ host: 'localhost:1', 'sec-fetch-site': 'same-site' })).toBe(false);
  });
});
