import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { abiOf, fingerprint } from '../../converter/backends/wasm/abi.ts';
import { fingerprint as fingerprintOfLoader } from '../../runtime-wasm/sources.js';
import { bundleOf } from '../backends/wasm/bundle.ts';
import { random } from '../backends/wasm/run-graph.ts';
import { tinyModel } from '../backends/wasm/tiny-model.ts';
import { hasChromium, openPage, useChromium } from '../support/chromium.ts';
import { type Served, serve } from '../support/serve.ts';

/** A bundle whose files are missing, cut short, of another model, or pages of HTML: one error each, with what helps. */

const files = new Map(bundleOf(tinyModel()).map(({ path, bytes }) => [path, bytes] as const));
const code = files.get('model.simd128.wasm') ?? new Uint8Array();
const weights = files.get('model.weights') ?? new Uint8Array();
const page = '<!doctype html><title>app</title>';

/** The code as if it were made for other places. */
function ofOtherAbi(): Uint8Array {
  const name = new TextEncoder().encode('thimble.abi');
  const at = code.findIndex((_, i) => name.every((byte, k) => code[i + k] === byte));
  const other = code.slice();
  const digit = at + name.length;
  other[digit] = other[digit] === 48 ? 49 : 48;
  return other;
}

const otherNumbers = weights.map((byte) => byte ^ 1);

/** What is served in place of a file; null for nothing. */
const faults: readonly (readonly [string, string, string | Uint8Array | null, RegExp])[] = [
  [
    'no-code',
    'model.simd128.wasm',
    null,
    /model\.simd128\.wasm: HTTP status 404; deploy the file beside its script, or say where/,
  ],
  ['no-weights', 'model.weights', null, /model\.weights: HTTP status 404; deploy the file beside its script/],
  [
    'cut-code',
    'model.simd128.wasm',
    code.subarray(0, code.length / 2),
    /damaged or cut short \(.*\); deploy the files of the package once more/,
  ],
  [
    'page-for-code',
    'model.simd128.wasm',
    page,
    /this is a page in HTML, which servers send for files that are not there/,
  ],
  [
    'cut-weights',
    'model.weights',
    weights.subarray(0, 40),
    /40 bytes instead of \d+; deploy the files of one package together/,
  ],
  ['other-weights', 'model.weights', otherNumbers, /they hold other numbers; deploy the files of one package together/],
  [
    'other-code',
    'model.simd128.wasm',
    ofOtherAbi(),
    /its ABI is [0-9a-f]{16}, not [0-9a-f]{16}; deploy the files of one package together/,
  ],
];

function serveFaults(): Promise<Served> {
  return serve(({ pathname }) => {
    const [, folder = '', path = ''] = pathname.split('/');
    if (path === 'app.html') return { body: page };
    const [, broken, instead] = faults.find(([name]) => name === folder) ?? [];
    const body = path === broken ? instead : files.get(path);
    return body === undefined || body === null ? undefined : { body };
  });
}

describe.skipIf(!hasChromium)('in Chromium', () => {
  const browser = useChromium();
  let served: Served;
  beforeAll(async () => {
    served = await serveFaults();
  });
  afterAll(() => served.close());

  /** The message that an entry fails with; empty where it does not. */
  async function failureAt(folder: string, script: string, abort = false): Promise<string> {
    const { page: tab } = await openPage(browser(), `${served.origin}/${folder}/app.html`);
    // As text, since the test runner rewrites imports.
    const message: unknown = await tab.evaluate(`(async () => {
      const { load } = await import('${served.origin}/${folder}/${script}');
      const controller = new AbortController();
      const loading = load({ variant: 'simd128', signal: controller.signal });
      if (${abort}) controller.abort(new Error('changed my mind'));
      return loading.then(() => '', (error) => error.message);
    })()`);
    await tab.close();
    return String(message);
  }

  test('all is well without a fault', async () => {
    for (const script of ['index.js', 'external.js', 'in-worker.js']) {
      expect(await failureAt('good', script)).toBe('');
    }
  });

  test.each(faults)('%s', async (folder, _, __, message) => {
    expect(await failureAt(folder, 'external.js')).toMatch(message);
  });

  test('a worker whose script is not there', async () => {
    const script = files.get('model-worker.js');
    files.delete('model-worker.js');
    expect(await failureAt('no-worker', 'in-worker.js')).toMatch(
      /the worker of model "tiny" does not run: .*deploy model-worker\.js/,
    );
    if (script !== undefined) files.set('model-worker.js', script);
  });

  test('an end that the caller asks for', async () => {
    for (const script of ['external.js', 'in-worker.js'])
      expect(await failureAt('good', script, true)).toBe('changed my mind');
  });
});

test('the loader takes the fingerprint that the converter wrote', () => {
  const next = random(3);
  for (const length of [0, 1, 4095, 4096, 4097, 100_001]) {
    const bytes = Uint8Array.from({ length }, () => next() % 256);
    expect(fingerprintOfLoader(bytes)).toBe(fingerprint(bytes));
  }
  const places = { pages: 1, steps: [] };
  expect(abiOf(places, Uint8Array.of(1))).not.toBe(abiOf(places, Uint8Array.of(2)));
  expect(abiOf(places, Uint8Array.of(1))).not.toBe(abiOf({ ...places, pages: 2 }, Uint8Array.of(1)));
});
