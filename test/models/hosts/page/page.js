// The page's side.
import { runBundle } from './run-bundle.js';

/** @type {string[]} */
const violations = [];
document.addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective));

Object.assign(globalThis, {
  violations,
  /** @param {string} id */
  runCase: async (id) => {
    const bundle = await import(`/${id}/index.js`);
    const [work, inputs] = await Promise.all([fetch(`/${id}/case.json`), fetch(`/${id}/inputs.bin`)]);
    return runBundle(bundle, await work.json(), await inputs.arrayBuffer());
  },
});
