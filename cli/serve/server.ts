import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { fail } from '../input/file.ts';
import { UsageError } from '../usage.ts';
import { isKnownHost, isOwnOrigin } from './host.ts';

/** What a request is answered with. */
export interface Answer {
  readonly status: number;
  /** Content type, without the character set. */
  readonly type: string;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request that may be answered: of our own page, or of no page. */
export interface Asked {
  readonly method: 'GET' | 'POST';
  /** Decoded, from `/` on, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The body of a POST. Throws {@link Refusal} for more than `maxBytes`. */
  readonly text: (maxBytes: number) => Promise<string>;
}

/** A request that is answered with a status and one sentence. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, why: string) {
    super(why);
    this.name = 'Refusal';
    this.status = status;
  }
}

/** Where a server listens: port 0 for a free one. */
export interface ServerPlace {
  readonly host: string;
  readonly port: number;
}

export interface OpenServer {
  readonly port: number;
  /** With the host that was asked for. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** What makes pages cross-origin isolated: an exact clock, and threads. Nothing is kept, since files may be written anew. */
const common = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

/**
 * Serves pages of ours. Only requests that name this computer are answered, and those that other pages send are not. Throws UsageError for what
 * is no port, ProblemError where the address cannot be had.
 */
export async function openServer(
  { host, port }: ServerPlace,
  answer: (asked: Asked) => Answer | Promise<Answer>,
): Promise<OpenServer> {
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new UsageError(`--port ${port} is no port`, 'give 0 for a free one, or a number up to 65535');
  }
  if (host.trim() === '') {
    // An empty address is every address to the system, which nobody has asked for.
    throw new UsageError('--host names no address', 'leave it out for this computer alone, or give 0.0.0.0 for all');
  }
  const pending = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const answered = respond(request, response, host, answer).finally(() => pending.delete(answered));
    pending.add(answered);
  });
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
  } catch (error) {
    const { what, advice } = whyNot(error, port);
    return fail('serve-address', `address ${host}:${port}`, what, advice);
  }
  const address = server.address();
  const open = typeof address === 'object' && address !== null ? address.port : port;
  return { port: open, url: urlOf(host, open), close: () => close(server, pending) };
}

/** `http://[::1]:8000/`. */
export function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}/`;
}

function whyNot(error: unknown, port: number): { readonly what: string; readonly advice: string } {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const free = 'choose another --port, or leave it out for a free one';
  if (code === 'EADDRINUSE') return { what: 'another program listens there', advice: free };
  if (code === 'EACCES') return { what: `port ${port} is kept for the system`, advice: free };
  const here = 'give --host 127.0.0.1 for this computer alone, or 0.0.0.0 for all its addresses';
  if (code === 'EADDRNOTAVAIL') return { what: 'this computer does not have the address', advice: here };
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return { what: 'there is no such host', advice: here };
  return { what: error instanceof Error ? error.message : String(error), advice: 'choose another --host or --port' };
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  host: string,
  answer: (asked: Asked) => Answer | Promise<Answer>,
): Promise<void> {
  let found: Answer;
  try {
    found = await answer(askedOf(request, host));
  } catch (error) {
    const status = error instanceof Refusal ? error.status : 500;
    found = { status, type: 'text/plain', body: error instanceof Error ? error.message : String(error) };
  }
  const { status, type, body, headers = {} } = found;
  const isText = typeof body === 'string';
  const content = isText ? `${type}; charset=utf-8` : type;
  const length = isText ? Buffer.byteLength(body) : body.length;
  response.writeHead(status, { ...common, 'content-type': content, 'content-length': length, ...headers });
  await new Promise<void>((resolve) => {
    response.once('close', resolve);
    response.end(request.method === 'HEAD' ? undefined : body);
  });
}

/** Throws {@link Refusal} for what other pages ask, or ask by a name that is not ours. */
function askedOf(request: IncomingMessage, host: string): Asked {
  const { headers, method = 'GET', url = '/' } = request;
  if (!isKnownHost(headers.host, host)) {
    throw new Refusal(421, 'This address is not known here: open the one that the command has printed.');
  }
  if (!isOwnOrigin(headers)) throw new Refusal(403, 'The request comes from another page.');
  if (method !== 'GET' && method !== 'HEAD' && method !== 'POST') throw new Refusal(405, 'Not here.');
  const [path = '/', query = ''] = url.split(/\?(.*)/s);
  return {
    method: method === 'POST' ? 'POST' : 'GET',
    path: decoded(path),
    query: new URLSearchParams(query),
    text: (maxBytes) => bodyOf(request, maxBytes),
  };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new Refusal(400, 'The address is not written as addresses are.');
  }
}

async function bodyOf(request: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > maxBytes) throw new Refusal(413, `it has more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** How long answers that are under way may take when a server closes. */
const closingMs = 500;

async function close(server: Server, pending: ReadonlySet<Promise<void>>): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  const late = new Promise<void>((resolve) => {
    setTimeout(resolve, closingMs).unref();
  });
  await Promise.race([Promise.all(pending), late]);
  server.closeAllConnections();
  await closed;
}
