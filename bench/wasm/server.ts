import { createReadStream, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { scratch } from '../places.ts';

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};

/** What makes a page cross-origin isolated: exact clocks and shared memory for all engines. */
const isolation = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
};

export interface PageServer {
  readonly origin: string;
  /** How many files it was asked for: what a browser finds in its cache is not among them. */
  readonly requests: () => number;
  readonly close: () => Promise<void>;
}

/** Serves `out/bench` on a free port of the loopback interface; `cacheControl` says whether browsers keep what they got. */
export async function startServer(cacheControl: 'no-store' | 'max-age=3600' = 'no-store'): Promise<PageServer> {
  let requests = 0;
  const server = createServer((request, response) => {
    requests++;
    const path = fileOf(request.url ?? '/');
    if (path === undefined) {
      response.writeHead(404).end();
      return;
    }
    const type = mediaTypes[extname(path)] ?? 'application/octet-stream';
    const headers = { 'content-type': type, 'content-length': statSync(path).size, 'cache-control': cacheControl };
    response.writeHead(200, { ...isolation, ...headers });
    createReadStream(path).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const origin = `http://127.0.0.1:${address.port}`;
  return { origin, requests: () => requests, close: () => closeServer(server) };
}

/** The file behind an address; undefined outside the folder or where there is none. */
function fileOf(url: string): string | undefined {
  const path = normalize(join(scratch, decodeURIComponent(new URL(url, 'http://localhost').pathname)));
  if (!path.startsWith(scratch + sep)) return undefined;
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true ? path : undefined;
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
