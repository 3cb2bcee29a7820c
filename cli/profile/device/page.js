// @ts-check
/*
 * What the page of `thimble profile` does: reads its job, times it, shows the result and hands it back where somebody waits for it. The page
 * has this and what it imports in one script, so that it opens without a server, too.
 */

import { chooseThreads, startThreads } from '../../../runtime-wasm/threads.js';
import { dotProduct, obstacle } from '../../../runtime-wasm/variants.js';
import { device, unpackJob } from './browser.js';
import { measure } from './measure.js';

/** @param {string} id @returns {any} */
const element = (id) => document.getElementById(id);

let isStopped = false;

/** @param {string} text */
function tellStatus(text) {
  element('status').textContent = text;
}

/** The job and its bytes, from the text in the page. */
function readJob() {
  return unpackJob(Uint8Array.from(atob(element('job').textContent.trim()), (letter) => letter.charCodeAt(0)));
}

/** Whether `thimble profile --serve` waits for the result. */
const isServed = element('job').dataset.post === 'true' && location.protocol.startsWith('http');

async function start() {
  const [begin, stop, progress] = [element('start'), element('stop'), element('progress')];
  begin.disabled = true;
  stop.disabled = false;
  isStopped = false;
  try {
    if (obstacle('simd128') !== null) throw new Error(`${obstacle('simd128')}: a profile cannot be measured here`);
    tellStatus('Unpacking');
    const { job, bytes } = await readJob();
    const seconds = Number(element('seconds').value) || 120;
    const result = await measure(
      job,
      bytes,
      { obstacle, dotProduct, device: device(), ...(isServed ? { threads: { chooseThreads, startThreads } } : {}) },
      {
        seconds,
        isStopped: () => isStopped,
        tell(done, what) {
          progress.value = done;
          tellStatus(`${Math.round(100 * done)} %: ${what}`);
        },
      },
    );
    if (result === null) tellStatus('Stopped');
    else await show(JSON.stringify(result));
  } catch (error) {
    tellStatus(`It failed: ${error instanceof Error ? error.message : error}`);
  }
  begin.disabled = false;
  stop.disabled = true;
}

/** @param {string} text */
async function show(text) {
  element('result').value = text;
  element('results').hidden = false;
  if (!isServed) {
    tellStatus('Done. Copy or download the result, and give it to thimble profile --from.');
    return;
  }
  tellStatus('Sending the result');
  const answer = await fetch('result', { method: 'POST', headers: { 'content-type': 'application/json' }, body: text });
  const said = (await answer.text()).slice(0, 500);
  tellStatus(answer.ok ? `Done. ${said}` : `The result was refused: ${said}`);
}

async function copy() {
  const area = element('result');
  try {
    await navigator.clipboard.writeText(area.value);
    tellStatus('Copied');
  } catch {
    area.focus();
    area.select();
    tellStatus('The text is selected: copy it');
  }
}

function download() {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([element('result').value], { type: 'application/json' }));
  link.download = 'thimble-profile.json';
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

element('start').addEventListener('click', () => void start());
element('stop').addEventListener('click', () => {
  isStopped = true;
});
element('copy').addEventListener('click', () => void copy());
element('download').addEventListener('click', download);
element('start').disabled = false;
tellStatus('Ready');
