// Node's side: a process that measures one model and prints one JSON value.
// Arguments: the folder of the files, the model and the method as JSON.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { compileFunction } from 'node:vm';
import { measureModel } from './measure.js';

const [folder = '.', model = '{}', method = '{}'] = process.argv.slice(2);

/** @type {import('./engines.js').Host} */
const host = {
  kind: 'node',
  url: (path) => pathToFileURL(join(folder, path)).href,
  // A copy: small files share one buffer of Node.
  bytes: async (path) => Uint8Array.from(readFileSync(join(folder, path))),
  script: async (path) => {
    throw new Error(`${path} needs a page`);
  },
};

/**
 * LiteRT.js expects `self` and `importScripts`, as in a worker, and its WebAssembly loader the wrapper of a CommonJS module.
 */
function pretendWorker() {
  /** @param {string} url */
  const importScripts = (url) => {
    const path = fileURLToPath(url);
    const names = ['require', 'module', 'exports', '__filename', '__dirname'];
    const module = { exports: {} };
    const run = compileFunction(readFileSync(path, 'utf8'), names, { filename: path });
    run(createRequire(path), module, module.exports, path, dirname(path));
    Object.assign(globalThis, { ModuleFactory: module.exports });
  };
  Object.assign(globalThis, { self: globalThis, importScripts });
}

pretendWorker();
const result = await measureModel(host, JSON.parse(model), JSON.parse(method));
process.stdout.write(JSON.stringify(result));
process.exit(0);
