// @ts-check
import { byId } from './select.js';

/** What a button copies. @param {string | null} what */
function textOf(what) {
  if (what === 'commands') return document.getElementById('commands')?.textContent ?? '';
  const report = JSON.parse(byId('thimble-report').textContent ?? '{}');
  return JSON.stringify(report.provenance, null, 2);
}

export function startCopy() {
  for (const button of Array.from(document.querySelectorAll('button[data-copy]'))) {
    button.addEventListener('click', async () => {
      const told = byId('copied');
      try {
        await navigator.clipboard.writeText(textOf(button.getAttribute('data-copy')));
        told.textContent = 'Copied.';
      } catch {
        told.textContent = 'This browser does not let the page copy: select the text instead.';
      }
    });
  }
}
