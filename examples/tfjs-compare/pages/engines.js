// @ts-check
// Either engine loaded into the page that compares them.
import { openTfjs, ways } from './tfjs.js';
import { openThimble } from './thimble.js';

/** @typedef {import('./thimble.js').Session} Session */
/** @typedef {import('./pictures.js').Model} Model */
/** @typedef {'thimble' | 'tfjs'} Side */
/** @typedef {keyof typeof ways} Way */

/** Runs a classic script in this page, once. @param {string} address */
async function script(address) {
  if (document.querySelector(`script[src="${address}"]`) !== null) return;
  const tag = document.createElement('script');
  const loaded = new Promise((done, fail) => {
    tag.addEventListener('load', done);
    tag.addEventListener('error', () => {
      tag.remove();
      fail(new Error(`${address} does not load`));
    });
  });
  tag.src = address;
  document.head.append(tag);
  await loaded;
}

/** @param {Side} side @param {Model} model @param {string} base where the site is @param {Way} way of calling tfjs-tflite @returns {Promise<Session>} */
export async function openEngine(side, model, base, way) {
  if (side === 'thimble') return openThimble(await import(`${base}${model.name}/bundle/index.js`), model);
  for (const file of ways[way]) await script(`${base}peer/${file}`);
  return openTfjs(way, `${base}peer/`, `${base}${model.name}/model.tflite`, model);
}
