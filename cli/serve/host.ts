import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';

/**
 * Whether the Host header of a request names a server of ours. A page of another site can let its own name point to this computer (DNS rebinding) and
 * then ask us as if we were that site; it cannot do so by an address. `served` is what the server listens on.
 */
export function isKnownHost(header: string | undefined, served: string): boolean {
  const name = hostOf(header);
  if (name === null) return false;
  if (name === 'localhost' || name === served.toLowerCase()) return true;
  if (isIP(name) !== 0) return true;
  const own = hostname().toLowerCase();
  return !isLoopback(served) && (name === own || name === `${own}.local`);
}

/** The host of `[::1]:8000` and `localhost:8000`; null for what is none. */
function hostOf(header: string | undefined): string | null {
  const found = /^(?:\[([0-9a-f:.]+)\]|([\w.-]+))(?::\d+)?$/i.exec(header ?? '');
  return (found?.[1] ?? found?.[2])?.toLowerCase() ?? null;
}

/**
 * Whether a request comes from a page of ours, or from no page. Browsers tell the origin of whatever a page sends, and of what it loads whether that is
 * of the same site; following a link to the page is free to all.
 */
export function isOwnOrigin(headers: {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  readonly 'sec-fetch-site'?: string | string[] | undefined;
  readonly 'sec-fetch-mode'?: string | string[] | undefined;
}): boolean {
  const { host, origin } = headers;
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) return false;
  const site = headers['sec-fetch-site'];
  const isForeign = site === 'cross-site' || site === 'same-site';
  return !isForeign || headers['sec-fetch-mode'] === 'navigate';
}

/** Whether only this computer reaches the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** The addresses under which other devices reach a server on `host`: those of this computer where it is every address. */
export function reachableAddresses(host: string): readonly string[] {
  if (isLoopback(host)) return [];
  if (host !== '0.0.0.0' && host !== '::') return [host];
  const all = Object.values(networkInterfaces()).flatMap((one) => one ?? []);
  return all.filter(({ family, internal }) => !internal && family === 'IPv4').map(({ address }) => address);
}
