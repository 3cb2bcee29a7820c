// @ts-check
/*
 * Measures this browser as `thimble profile --serve` does, and offers the result.
 */

import { chooseThreads, startThreads } from '../../../runtime-wasm/threads.js';
import { dotProduct, obstacle } from '../../../runtime-wasm/variants.js';
import { device, unpackJob } from '../../profile/device/browser.js';
import { measure } from '../../profile/device/measure.js';
import { element } from './elements.js';

let isStopped = false;
let result = '';

/** @param {string} text */
function say(text) {
  element('profile-status').textContent = text;
}

/** @param {string | null} profileOut the file that the command writes */
export function setUpProfile(profileOut) {
  element('start-profile').addEventListener('click', () => void start(profileOut));
  element('stop-profile').addEventListener('click', () => {
    isStopped = true;
  });
  element('download-profile').addEventListener('click', download);
}

/** @param {string | null} profileOut */
async function start(profileOut) {
  const [begin, stop, progress] = [element('start-profile'), element('stop-profile'), element('progress')];
  begin.disabled = true;
  stop.disabled = false;
  isStopped = false;
  element('profile-result').hidden = true;
  try {
    if (obstacle('simd128') !== null) throw new Error(`${obstacle('simd128')}: a profile cannot be measured here`);
    say('The command makes the layers.');
    const answer = await fetch(`profile-job${element('quick').checked ? '?quick' : ''}`);
    if (!answer.ok) throw new Error(await answer.text());
    const { job, bytes } = await unpackJob(new Uint8Array(await answer.arrayBuffer()));
    const host = { obstacle, dotProduct, device: device(), threads: { chooseThreads, startThreads } };
    const measured = await measure(job, bytes, host, {
      seconds: Number(element('seconds').value) || 60,
      isStopped: () => isStopped,
      tell(done, what) {
        progress.value = done;
        // A screen reader hears every quarter.
        const quarter = Math.floor(4 * done);
        if (element('profile-status').dataset.quarter !== String(quarter)) say(`${25 * quarter} %: ${what}`);
        element('profile-status').dataset.quarter = String(quarter);
      },
    });
    if (measured === null) say('Stopped.');
    else await offer(JSON.stringify(measured), profileOut);
  } catch (error) {
    say(`It failed: ${error instanceof Error ? error.message : error}.`);
  }
  begin.disabled = false;
  stop.disabled = true;
}

/**
 * @param {string} text
 * @param {string | null} profileOut
 */
async function offer(text, profileOut) {
  result = text;
  element('profile-result').hidden = false;
  if (profileOut === null) {
    say('Done. No profile is written without --profile-out; the result can be downloaded.');
    return;
  }
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch('profile-result', { method: 'POST', headers, body: text });
  const said = (await answer.text()).slice(0, 500);
  say(answer.ok ? `Done. ${said}` : `The result was refused: ${said}`);
}

function download() {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([result], { type: 'application/json' }));
  link.download = 'thimble-profile.json';
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
