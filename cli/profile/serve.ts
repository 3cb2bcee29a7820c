import { readFileSync } from 'node:fs';
import { openServer, Refusal, type ServerPlace } from '../serve/server.ts';
import { contentPolicy } from './page.ts';

/** Largest result that is taken: hundreds of times what there is. */
const maxResultBytes = 2 ** 24;

export interface ServedPage {
  readonly url: string;
  /** The text of the first result that `accept` takes. */
  readonly result: Promise<string>;
  readonly close: () => Promise<void>;
}

/**
 * Serves a page on `host` (a free port for 0) until a result comes that `accept` does not throw for. Throws UsageError for what is no port, ProblemError
 * where the address cannot be had.
 */
export async function servePage(page: string, place: ServerPlace, accept: (text: string) => void): Promise<ServedPage> {
  let done = (_: string): void => {};
  const result = new Promise<string>((resolve) => {
    done = resolve;
  });
  const worker = readFileSync(new URL('../../runtime-wasm/worker.js', import.meta.url), 'utf8');
  const { url, close } = await openServer(place, async ({ method, path, text }) => {
    if (method === 'POST' && path === '/result') {
      const given = await text(maxResultBytes);
      try {
        accept(given);
      } catch (error) {
        throw new Refusal(400, error instanceof Error ? error.message : String(error));
      }
      done(given);
      return { status: 200, type: 'text/plain', body: 'The result has arrived: you can close this page.' };
    }
    if (method === 'POST') throw new Refusal(405, 'not here');
    if (path === '/worker.js') return { status: 200, type: 'text/javascript', body: worker };
    if (path !== '/') throw new Refusal(404, 'not found');
    return { status: 200, type: 'text/html', body: page, headers: { 'content-security-policy': contentPolicy() } };
  });
  return { url, result, close };
}
