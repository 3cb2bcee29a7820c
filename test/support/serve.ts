import { readFileSync, realpathSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';

/** Types by the ending of a path. */
const mediaTypes: { readonly [extension: string]: string } = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.wav': 'audio/wav',
};

/** With these a page is cross-origin isolated: exact clocks, and memory that threads share. */
export const isolationHeaders = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** A policy under which bundles must work: nothing but the server's own files, and WebAssembly. */
export const strictPolicy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'";

export interface Headers {
  readonly [name: string]: string;
}

/** What is sent for a request. */
export interface Answer {
  /** 200 unless told. */
  readonly status?: number;
  /** A `content-type` among them comes before that of the path's ending. */
  readonly headers?: Headers;
  readonly body?: string | Uint8Array;
}

/** What a request is answered with; undefined is status 404. */
export type Answers = (url: URL, request: IncomingMessage) => Answer | undefined | Promise<Answer | undefined>;

export interface Served {
  /** `http://127.0.0.1:port`, without a slash at the end. */
  readonly origin: string;
  /** Ends the server and all connections to it. */
  readonly close: () => Promise<void>;
}

/** The type of an address: of `/` and `/a/` that of pages, none without an ending, bytes for endings that are not in the table. */
function mediaType(path: string): string | undefined {
  const extension = path.endsWith('/') ? '.html' : extname(path);
  return extension === '' ? undefined : (mediaTypes[extension] ?? 'application/octet-stream');
}

/** Serves on a free port of this computer alone. Where `answer` throws, the status is 500 and the text says why. */
export async function serve(answer: Answers): Promise<Served> {
  const server = createServer((request, response) => void respond(answer, request, response));
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(0, '127.0.0.1', done);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const close = () =>
    new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return { origin: `http://127.0.0.1:${address.port}`, close };
}

async function respond(answer: Answers, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const url = new URL(request.url ?? '/', `http://${request.headers.host ?? 'localhost'}`);
    const { status = 200, headers = {}, body = '' } = (await answer(url, request)) ?? { status: 404 };
    const type = mediaType(url.pathname);
    response.writeHead(status, { ...(type !== undefined && { 'content-type': type }), ...headers }).end(body);
  } catch (error) {
    response.writeHead(500, { 'content-type': 'text/plain' }).end(String(error));
  }
}

/** Serves the files of a folder, and `index.html` for a folder in it; `headers` go with every file. Nothing outside the folder is served. */
export function serveFolder(folder: string, headers: Headers = {}): Promise<Served> {
  return serve((url) => folderAnswer(folder, url.pathname, headers));
}

/** The file behind the path of an address, as {@link serveFolder} sends it; undefined where there is none, and outside of the folder. */
export function folderAnswer(folder: string, pathname: string, headers: Headers = {}): Answer | undefined {
  try {
    const root = realpathSync(folder);
    const place = realpathSync(resolve(root, `.${sep}${decodeURIComponent(pathname)}`));
    const path = statSync(place).isDirectory() ? realpathSync(join(place, 'index.html')) : place;
    if (!path.startsWith(root + sep) || !statSync(path).isFile()) return undefined;
    const type = mediaType(path);
    return { headers: { ...(type !== undefined && { 'content-type': type }), ...headers }, body: readFileSync(path) };
  } catch {
    // Of no file, or no path at all, such as one with a zero byte.
    return undefined;
  }
}
