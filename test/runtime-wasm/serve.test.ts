import { afterEach, expect, test, vi } from 'vitest';
import { serve } from '../../runtime-wasm/serve.js';

afterEach(() => vi.unstubAllGlobals());

test('the worker of a model closes what it was sent, whether it classified it, could not, or need not', async () => {
  let hear = (_: object) => {};
  const answers: { readonly id: number }[] = [];
  vi.stubGlobal('addEventListener', (_: string, listener: typeof hear) => {
    hear = listener;
  });
  vi.stubGlobal('postMessage', (answer: { readonly id: number }) => answers.push(answer));
  const classify = (source: { readonly good: boolean }) => {
    if (!source.good) throw new TypeError('no picture');
    return ['a'];
  };
  serve(async () => ({ variant: 'simd128', threads: { count: 1, why: '' }, classify }));
  const closed: string[] = [];
  const frame = (name: string, good: boolean) => ({ good, close: () => closed.push(name) });
  const ask = (id: number, call: string, ...values: readonly unknown[]) => hear({ data: { id, call, values } });
  ask(0, 'load', {});
  ask(1, 'classify', frame('first', true), {});
  ask(2, 'classify', frame('second', false), {});
  ask(3, 'classify', { good: true }, {});
  ask(4, 'classify', frame('fourth', true), {});
  ask(5, 'cancel', 4);
  await expect.poll(() => answers.length).toBe(4);
  expect(answers.slice(1)).toEqual([
    { id: 1, result: ['a'] },
    { id: 2, error: { name: 'TypeError', message: 'no picture' } },
    { id: 3, result: ['a'] },
  ]);
  await expect.poll(() => closed).toEqual(['first', 'second', 'fourth']);
  expect(answers.length).toBe(4);
});
