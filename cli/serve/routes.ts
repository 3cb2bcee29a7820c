import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { aboutSite } from './about.ts';
import type { ProfileHere } from './profile-here.ts';
import { type Answer, type Asked, Refusal } from './server.ts';
import type { Site } from './site.ts';

/** Our own files that pages may ask for, by where they lie below the root of the project. */
const ownFiles = [
  /^cli\/serve\/page\/[\w-]+\.(?:js|css)$/,
  /^runtime-wasm\/[\w-]+\.js$/,
  /^cli\/profile\/device\/(?:measure|browser)\.js$/,
];

const types: { readonly [ending: string]: string } = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.html': 'text/html',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.md': 'text/plain',
  '.ts': 'text/plain',
};

/** No script but our own and the bundle's, no other address, no frame around the page. */
const contentPolicy: string = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "worker-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Largest result of a profile. */
const maxResultBytes = 2 ** 24;

/** Answers what the page asks: itself, the files of the bundle below `/model/`, reference runs, and the job of a profile. */
export function answerFor(site: Site, profile: ProfileHere): (asked: Asked) => Promise<Answer> {
  return async ({ method, path, query, text }) => {
    if (method === 'POST') {
      if (path !== '/profile-result') throw new Refusal(405, 'Not here.');
      return { status: 200, type: 'text/plain', body: profile.take(await text(maxResultBytes)) };
    }
    if (path === '/') return pageAnswer();
    if (path === '/favicon.ico') return { status: 204, type: 'image/x-icon', body: '' };
    if (path === '/about.json') return jsonAnswer(aboutSite(site, profile.out));
    if (path === '/reference.json') {
      const vector = site.reference?.run(Number(query.get('run') ?? 0)) ?? null;
      return vector === null ? notFound() : jsonAnswer(vector);
    }
    if (path === '/profile-job') {
      return { status: 200, type: 'application/octet-stream', body: profile.job(query.has('quick')) };
    }
    const [, name] = /^\/model\/([^/]+)$/.exec(path) ?? [];
    if (name !== undefined) {
      const bytes = site.bundle.read(name);
      return bytes === null ? notFound() : { status: 200, type: typeOf(name), body: bytes };
    }
    const own = path.slice(1);
    return ownFiles.some((pattern) => pattern.test(own)) ? ownFile(own) : notFound();
  };
}

function pageAnswer(): Answer {
  const answer = ownFile('cli/serve/page/index.html');
  return { ...answer, headers: { 'content-security-policy': contentPolicy } };
}

function jsonAnswer(value: unknown): Answer {
  return { status: 200, type: 'application/json', body: JSON.stringify(value) };
}

function ownFile(path: string): Answer {
  try {
    const body = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
    return { status: 200, type: typeOf(path), body };
  } catch {
    return notFound();
  }
}

const typeOf = (name: string): string => types[extname(name)] ?? 'application/octet-stream';

const notFound = (): never => {
  throw new Refusal(404, 'There is no such file here.');
};
