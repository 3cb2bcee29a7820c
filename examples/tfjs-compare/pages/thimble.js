// @ts-check
/** @typedef {import('./pictures.js').Values} Values */
/** @typedef {import('./pictures.js').Model} Model */
/** An engine with the model in it: from a typed array of the caller to one that the caller owns. @typedef {{ run: (input: Values) => ArrayLike<number>, note: string }} Session */

/** @param {any} bundle the module of the package that thimble wrote @param {Model} model @returns {Promise<Session>} */
export async function openThimble(bundle, { input, output }) {
  const loaded = await bundle.load({ threads: 1 });
  return {
    run: (values) => loaded.run({ [input.name]: values })[output.name],
    note: `variant ${loaded.variant}, 1 thread`,
  };
}
