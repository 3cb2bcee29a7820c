// @ts-check
/*
 * Runs in the audio thread: hands on what the microphone hears, as it comes.
 */

const scope = /** @type {any} */ (globalThis);

scope.registerProcessor(
  'recorder',
  class extends scope.AudioWorkletProcessor {
    /** @param {readonly (readonly Float32Array[])[]} inputs */
    process([input]) {
      const [channel] = input ?? [];
      if (channel !== undefined) /** @type {any} */ (this).port.postMessage(channel.slice());
      return true;
    }
  },
);
