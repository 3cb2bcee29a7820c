// @ts-check
/*
 * Sound for the model: out of files, and from the microphone as it comes.
 */

import { openDevice } from './camera.js';

/** Where a model does not tell its rate. */
const usualRateHz = 16000;

/** Runs a second while the microphone is on. */
const runsPerSecond = 4;

/** @param {{ readonly sampleRateHz: number | null }} feed */
export const rateOf = ({ sampleRateHz }) => sampleRateHz ?? usualRateHz;

/**
 * Mono samples of a file at the rate of the model. Rejects for what the browser cannot decode.
 * @param {ArrayBuffer} bytes
 * @param {number} rateHz
 * @param {string} name
 * @returns {Promise<Float32Array>}
 */
export async function decodeSound(bytes, rateHz, name) {
  let buffer;
  try {
    buffer = await new OfflineAudioContext(1, 1, rateHz).decodeAudioData(bytes);
  } catch {
    throw new Error(`${name} is no sound that this browser can decode: give it as .wav, or the values as .npy`);
  }
  const { numberOfChannels, length } = buffer;
  const channels = Array.from({ length: numberOfChannels }, (_, channel) => buffer.getChannelData(channel));
  const mono = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    mono[i] = channels.reduce((sum, channel) => sum + (channel[i] ?? 0), 0) / numberOfChannels;
  }
  return mono;
}

/**
 * Exactly so many samples: longer sound is cut at its end, shorter is followed by silence.
 * @param {Float32Array} mono
 * @param {number} count
 */
export function fitted(mono, count) {
  const fitted = new Float32Array(count);
  fitted.set(mono.subarray(0, count));
  return fitted;
}

/** @type {{ readonly stream: MediaStream, readonly context: AudioContext } | null} */
let running = null;

export const isMicrophoneOn = () => running !== null;

/**
 * Starts the microphone, and calls `hear` with the latest samples a few times a second. Rejects with one sentence that says what to do.
 * @param {number} count
 * @param {number} rateHz
 * @param {(mono: Float32Array) => void} hear
 */
export async function startMicrophone(count, rateHz, hear) {
  const plain = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await openDevice({ audio: plain }, 'microphone', 'Microphone');
  const context = new AudioContext({ sampleRate: rateHz });
  running = { stream, context };
  try {
    await context.audioWorklet.addModule(new URL('recorder.js', import.meta.url));
    const recorder = new AudioWorkletNode(context, 'recorder', { numberOfOutputs: 0 });
    context.createMediaStreamSource(stream).connect(recorder);
    recorder.port.onmessage = listener(count, rateHz, hear);
    await context.resume();
  } catch (error) {
    stopMicrophone();
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `the microphone does not run at ${rateHz} samples a second here (${why}): give a sound file instead`,
    );
  }
}

/**
 * @param {number} count
 * @param {number} rateHz
 * @param {(mono: Float32Array) => void} hear
 */
function listener(count, rateHz, hear) {
  const latest = new Float32Array(count);
  let since = 0;
  return (/** @type {MessageEvent<Float32Array>} */ { data }) => {
    const block = data.length > count ? data.subarray(-count) : data;
    latest.copyWithin(0, block.length);
    latest.set(block, count - block.length);
    since += data.length;
    if (since < rateHz / runsPerSecond) return;
    since = 0;
    hear(latest);
  };
}

export function stopMicrophone() {
  for (const track of running?.stream.getTracks() ?? []) track.stop();
  void running?.context.close();
  running = null;
}
