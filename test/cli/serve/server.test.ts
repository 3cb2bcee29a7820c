import { connect } from 'node:net';
import { expect, it, vi } from 'vitest';
import { openServer } from '../../../cli/serve/server.ts';

it('closes without a wait where somebody has gone in the middle of a request', async () => {
  let ended = (_: string): void => {};
  const reading = new Promise<string>((resolve) => {
    ended = resolve;
  });
  const { port, close } = await openServer({ host: '127.0.0.1', port: 0 }, async ({ text }) => {
    try {
      return { status: 200, type: 'text/plain', body: await text(100) };
    } finally {
      ended('gone');
    }
  });
  const socket = connect(port, '127.0.0.1');
  socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc', () => socket.destroy());
  expect(await reading).toBe('gone');
  // What is still under way is waited for by a timer, which never fires here.
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  await close().finally(() => vi.useRealTimers());
});
