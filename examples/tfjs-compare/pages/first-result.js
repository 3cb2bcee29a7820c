// @ts-check
import { best, inputOf, loadDigit } from './pictures.js';

/** @typedef {import('./thimble.js').Session} Session */
/** @typedef {import('./pictures.js').Model} Model */

/**
 * Loads engine and picture at once, shows the best class, and marks the time: `first-result`, in ms from the navigation.
 * @param {Model} model @param {() => Promise<Session>} open
 */
export async function firstResult(model, open) {
  const digit = Number(new URLSearchParams(location.search).get('digit') ?? 3);
  const result = document.querySelector('output');
  try {
    const [session, picture] = await Promise.all([open(), loadDigit(digit, '../digits.png')]);
    const values = session.run(inputOf(picture, model));
    const [first] = best(values, model, 1);
    if (result !== null) result.textContent = `${first?.label} (${first?.score.toFixed(3)})`;
    performance.mark('first-result');
    parent.postMessage('first-result', location.origin);
  } catch (error) {
    if (result !== null) result.textContent = String(error);
    parent.postMessage(String(error), location.origin);
  }
}
