import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { contentPolicy } from './page.ts';

/** Largest result that is taken: hundreds of times what there is. */
const maxResultBytes = 2 ** 24;

/** What makes the page cross-origin isolated: an exact clock, and threads. */
const isolation = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
};

const common = {
  ...isolation,
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

export interface ServedPage {
  readonly url: string;
  /** The text of the first result that `accept` takes. */
  readonly result: Promise<string>;
  readonly close: () => Promise<void>;
}

/**
 * Serves a page on `host` (a free port for 0) until a result comes that `accept` does not throw for. Rejects where the address cannot be had.
 */
export async function servePage(
  page: string,
  { host, port }: { readonly host: string; readonly port: number },
  accept: (text: string) => void,
): Promise<ServedPage> {
  let done = (_: string): void => {};
  const result = new Promise<string>((resolve) => {
    done = resolve;
  });
  const worker = readFileSync(new URL('../../runtime-wasm/worker.js', import.meta.url), 'utf8');
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').replace(/\?.*/, '');
    if (request.method === 'POST' && path === '/result') {
      void receive(request, response, accept).then((text) => {
        if (text !== null) done(text);
      });
    } else if (request.method !== 'GET' && request.method !== 'HEAD') answer(response, 405, 'text/plain', 'not here');
    else if (path === '/') answer(response, 200, 'text/html', page, { 'content-security-policy': contentPolicy() });
    else if (path === '/worker.js') answer(response, 200, 'text/javascript', worker);
    else answer(response, 404, 'text/plain', 'not found');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const open = typeof address === 'object' && address !== null ? address.port : port;
  const name = host.includes(':') ? `[${host}]` : host;
  return { url: `http://${name}:${open}/`, result, close: () => close(server) };
}

function answer(
  response: ServerResponse,
  status: number,
  type: string,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...common, 'content-type': `${type}; charset=utf-8`, ...headers }).end(text);
}

/** The text of a result; null where it was refused, which the answer tells. Pages of other origins may not send any. */
async function receive(
  request: IncomingMessage,
  response: ServerResponse,
  accept: (text: string) => void,
): Promise<string | null> {
  const { origin, host } = request.headers;
  const refuse = (status: number, why: string) => {
    answer(response, status, 'text/plain', why);
    return null;
  };
  if (origin !== undefined && origin !== `http://${host}`) return refuse(403, 'it comes from another page');
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request) {
      length += chunk.length;
      if (length > maxResultBytes) return refuse(413, `it has more than ${maxResultBytes} bytes`);
      chunks.push(chunk);
    }
    const text = Buffer.concat(chunks).toString('utf8');
    accept(text);
    answer(response, 200, 'text/plain', 'The result has arrived: you can close this page.');
    return text;
  } catch (error) {
    return refuse(400, error instanceof Error ? error.message : String(error));
  }
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
