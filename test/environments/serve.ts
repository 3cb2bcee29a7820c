import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { extname, join, normalize } from 'node:path';

/** Policies under which pages are served, by the first part of the path. */
const policies: { readonly [prefix: string]: string } = {
  strict: "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'",
  forbidding: "default-src 'none'; script-src 'self'; connect-src 'self'; worker-src 'self'",
};

const types: { readonly [extension: string]: string } = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.css': 'text/css',
};

/** Serves a folder on this computer alone: `/<policy>/path`, where the policy may be `plain`. */
export async function serveFolder(root: string): Promise<{ readonly origin: string; close(): void }> {
  const server: Server = createServer(({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://localhost');
    const [, policy = '', ...rest] = pathname.split('/');
    let path = join(root, normalize(`/${rest.join('/')}`));
    if (existsSync(path) && statSync(path).isDirectory()) path = join(path, 'index.html');
    if (!existsSync(path)) return void response.writeHead(404).end();
    const headers = { 'content-type': types[extname(path)] ?? 'application/octet-stream' };
    const more = policies[policy] === undefined ? {} : { 'content-security-policy': policies[policy] };
    response.writeHead(200, { ...headers, ...more }).end(readFileSync(path));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { origin: `http://127.0.0.1:${port}`, close: () => server.close() };
}
