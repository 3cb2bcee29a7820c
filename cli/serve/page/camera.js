// @ts-check
/*
 * The camera, frame by frame.
 */

import { element } from './elements.js';

/** @type {MediaStream | null} */
let stream = null;
/** Phones have a camera at either side. */
let facing = 'environment';

export const isCameraOn = () => stream !== null;

/**
 * Starts the camera, and calls `see` with the video for each frame until it is stopped. Rejects with one sentence that says what to do.
 * @param {(video: HTMLVideoElement) => void} see
 */
export async function startCamera(see) {
  stream = await openDevice({ video: { facingMode: facing, width: { ideal: 640 } } }, 'camera', 'Camera');
  const video = element('video');
  video.srcObject = stream;
  element('live').hidden = false;
  await video.play();
  const mine = stream;
  const next = () => {
    if (stream !== mine) return;
    if (video.readyState >= 2) see(video);
    if (typeof video.requestVideoFrameCallback === 'function') video.requestVideoFrameCallback(next);
    else requestAnimationFrame(next);
  };
  next();
}

export function stopCamera() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
  element('video').srcObject = null;
  element('live').hidden = true;
}

/** The camera at the other side, from the next start on. */
export function turnCamera() {
  facing = facing === 'environment' ? 'user' : 'environment';
}

/**
 * @param {MediaStreamConstraints} wanted
 * @param {string} device as it is called within a sentence
 * @param {string} button that was pressed
 * @returns {Promise<MediaStream>}
 */
export async function openDevice(wanted, device, button) {
  if (navigator.mediaDevices === undefined) {
    const advice = `open it by http://localhost:${location.port}/ on the computer that serves it, or by https`;
    throw new Error(`browsers give the ${device} to secure pages only: ${advice}`);
  }
  try {
    return await navigator.mediaDevices.getUserMedia(wanted);
  } catch (error) {
    const { name = '', message = String(error) } = /** @type {Error} */ (error);
    const again = `then press ${button} again`;
    if (name === 'NotAllowedError') {
      throw new Error(`the ${device} was not allowed: allow it in the settings of this page, ${again}`);
    }
    if (name === 'NotFoundError') throw new Error(`there is no ${device} here: connect one, ${again}`);
    if (name === 'NotReadableError') {
      throw new Error(`another program uses the ${device}, or the system keeps it: close that, ${again}`);
    }
    throw new Error(`the ${device} does not start (${message}): give the model a file instead`);
  }
}
