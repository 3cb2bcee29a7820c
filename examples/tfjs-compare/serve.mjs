// @ts-check
// Serves a built site on this computer alone, each file compressed once by gzip as a web server would.
import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize, resolve, sep } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';

/** @type {Readonly<Record<string, string>>} */
const mediaTypes = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.png': 'image/png',
};

/**
 * Pages with thimble alone compile WebAssembly and evaluate no text. tfjs-tflite is emscripten code with `new Function`, which
 * only 'unsafe-eval' allows.
 * @param {string} path
 */
function policy(path) {
  const scripts = path.endsWith('/thimble.html') ? "'self' 'wasm-unsafe-eval'" : "'self' 'unsafe-eval'";
  const rest = "connect-src 'self'; style-src 'self'; img-src 'self' blob: data:; frame-src 'self'; worker-src 'self'";
  return `default-src 'none'; script-src ${scripts}; ${rest}; base-uri 'none'; frame-ancestors 'self'`;
}

/** The path of a request, which need not be an address; null where it is none. @param {string} url */
function pathOf(url) {
  try {
    return new URL(url, 'http://localhost').pathname;
  } catch {
    return null;
  }
}

/**
 * `/@<anything>/path` is `path` of the site, and the browser keeps it for a year: an address that it has never seen is a cold
 * cache. Other addresses are asked for each time.
 * @param {{ site: string, port?: number }} options
 * @returns {Promise<{ origin: string, close: () => Promise<void> }>}
 */
export async function serve({ site, port = 0 }) {
  const root = resolve(site);
  /** Compressed files by path and date. @type {Map<string, Buffer<ArrayBuffer>>} */
  const kept = new Map();
  const server = createServer((request, response) => {
    const pathname = pathOf(request.url ?? '/');
    if (pathname === null) return void response.writeHead(400).end();
    const [, token, rest = pathname] = /^\/(@[\w-]+)(\/.*)$/.exec(pathname) ?? [];
    const path = normalize(join(root, rest.endsWith('/') ? `${rest}index.html` : rest));
    const found = path.startsWith(root + sep) ? statSync(path, { throwIfNoEntry: false }) : undefined;
    if (found?.isFile() !== true) return void response.writeHead(404).end();
    const type = mediaTypes[extname(path)] ?? 'application/octet-stream';
    /** @type {Record<string, string | number>} */
    const headers = { 'content-type': type, 'x-content-type-options': 'nosniff', vary: 'accept-encoding' };
    headers['cache-control'] = token === undefined ? 'no-cache' : 'public, max-age=31536000, immutable';
    if (extname(path) === '.html') headers['content-security-policy'] = policy(path);
    let bytes = readFileSync(path);
    if (extname(path) !== '.png' && /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) {
      const key = `${path} ${found.mtimeMs}`;
      bytes = kept.get(key) ?? gzipSync(bytes, { level: 9 });
      kept.set(key, bytes);
      headers['content-encoding'] = 'gzip';
    }
    headers['content-length'] = bytes.length;
    response.writeHead(200, headers).end(bytes);
  });
  await new Promise((ready, fail) => {
    server.once('error', fail);
    server.listen(port, '127.0.0.1', () => ready(undefined));
  });
  const address = server.address();
  const origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : port}`;
  const close = () =>
    new Promise((/** @type {(value?: undefined) => void} */ done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return { origin, close };
}

const usage = `node serve.mjs [options]
  --port N      default 8080; 0 for any that is free
  --site DIR    default: site`;

/** What is wrong, in a sentence. @param {string} text */
function refuse(text) {
  console.error(text);
  process.exitCode = 1;
}

/** The options of the command line, or why they are not understood. */
function options() {
  const text = /** @type {const} */ ({ type: 'string' });
  try {
    const { values } = parseArgs({ options: { port: text, site: text } });
    const port = Number(values.port ?? 8080);
    if (!(Number.isInteger(port) && port >= 0 && port < 65536)) return `--port ${values.port} is no port`;
    const site = values.site ?? fileURLToPath(new URL('site', import.meta.url));
    return { port, site };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function main() {
  const chosen = options();
  if (typeof chosen === 'string') return refuse(`${chosen}\n${usage}`);
  const told = join(chosen.site, 'site.json');
  // A build that did not end has told nothing yet.
  if ((statSync(told, { throwIfNoEntry: false })?.size ?? 0) < 3) {
    return refuse(`there is no site in ${chosen.site}: run "npm run build" first`);
  }
  try {
    console.log(`${(await serve(chosen)).origin}/  (end with Ctrl-C)`);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    refuse(`port ${chosen.port} is not free (${error.code}): choose another, npm start -- --port 8081`);
  }
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) await main();
