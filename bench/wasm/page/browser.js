// The page's side: files come from the server that served it.
import { measureModel } from './measure.js';

/** @type {Set<string>} */
const loaded = new Set();

/** @type {import('./engines.js').Host} */
export const host = {
  kind: 'browser',
  url: (path) => new URL(`/${path}`, location.href).href,
  bytes: async (path) => {
    const response = await fetch(`/${path}`);
    if (!response.ok) throw new Error(`${path}: status ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  },
  script: (path) =>
    new Promise((resolve, reject) => {
      if (loaded.has(path)) return resolve();
      loaded.add(path);
      const script = document.createElement('script');
      script.src = `/${path}`;
      script.onload = () => resolve();
      script.onerror = () => reject(new Error(`${path} does not load`));
      document.head.append(script);
    }),
};

Object.assign(globalThis, {
  /** @param {import('./engines.js').PageModel} model @param {import('./rounds.js').Method} method */
  measureModel: (model, method) => measureModel(host, model, method),
});
