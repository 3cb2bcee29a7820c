// @ts-check
/*
 * What pages that measure have in common: reading a packed job, and what a result says of the browser.
 */

/**
 * The job in what `packJob` wrote, and its bytes.
 * @param {Uint8Array<ArrayBuffer>} packed
 * @returns {Promise<{ readonly job: import('../../../converter/estimate/web/job.ts').Job, readonly bytes: Uint8Array<ArrayBuffer> }>}
 */
export async function unpackJob(packed) {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate'));
  const content = new Uint8Array(await new Response(stream).arrayBuffer());
  const end = content.indexOf(10);
  return { job: JSON.parse(new TextDecoder().decode(content.subarray(0, end))), bytes: content.slice(end + 1) };
}

/** What the result says of the device: nothing that names a person. */
export function device() {
  /** @type {{ deviceMemory?: number }} */
  const { deviceMemory } = /** @type {any} */ (navigator);
  return {
    engine: navigator.userAgent,
    processors: navigator.hardwareConcurrency ?? 1,
    crossOriginIsolated: globalThis.crossOriginIsolated === true,
    ...(deviceMemory === undefined ? {} : { memoryGB: deviceMemory }),
  };
}
