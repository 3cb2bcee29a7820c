import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { partsText } from '../../converter/backends/wasm/loader-source.ts';

/** How the page is used. */
export interface PageUse {
  /** Seconds that the measurement takes, unless the user says otherwise. */
  readonly seconds: number;
  /** Whether it sends its result to where it came from. */
  readonly posts: boolean;
}

/**
 * The page of a profile job, `packed` by `packJob`: one file with all that it needs, which works from a server and from a file, under a policy that
 * allows no other script, style or address.
 */
export function profilePage(packed: Uint8Array, { seconds, posts }: PageUse): string {
  const script = pageScript();
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${contentPolicy(script)}">
<title>thimble profile</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>thimble profile</h1>
<p>Times layers of neural networks in this browser, to predict how long models take here. Leave the device alone meanwhile: close other
pages, keep this one in front, and plug it in.</p>
<p><label for="seconds">Seconds</label>
<input id="seconds" type="number" min="1" max="600" value="${seconds}" inputmode="numeric"></p>
<p><button id="start" type="button" disabled>Start</button>
<button id="stop" type="button" disabled>Stop</button></p>
<p><label for="progress">Progress</label>
<progress id="progress" max="1" value="0"></progress></p>
<p id="status" role="status" aria-live="polite">JavaScript is off, or this browser is too old for this page.</p>
<section id="results" aria-labelledby="results-title" hidden>
<h2 id="results-title">Result</h2>
<p><button id="copy" type="button">Copy</button>
<button id="download" type="button">Download</button></p>
<p><label for="result">Result as JSON</label>
<textarea id="result" rows="6" readonly spellcheck="false"></textarea></p>
</section>
</main>
<script type="application/octet-stream" id="job" data-post="${posts}">${Buffer.from(packed).toString('base64')}</script>
<script type="module">${script}</script>
</body>
</html>
`;
}

/** The policy that the page states, and that a server sends with it. */
export function contentPolicy(script: string = pageScript()): string {
  const rules = [
    "default-src 'none'",
    `script-src '${hashOf(script)}' 'wasm-unsafe-eval'`,
    `style-src '${hashOf(style)}'`,
    "worker-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ];
  return rules.join('; ');
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

/** All scripts as one: what WASM bundles use to choose variants and start threads, what measures, and what shows it. */
function pageScript(): string {
  const parts = ['measure.js', 'browser.js', 'page.js'].map((name) => {
    const text = readFileSync(new URL(`./device/${name}`, import.meta.url), 'utf8');
    return text
      .replace(/^\/\/ @ts-check\n/, '')
      .replace(/^import .*;\n/gm, '')
      .replace(/^export (?=(?:async )?function |const )/gm, '');
  });
  // Each in a scope of its own: they use the same short names.
  const [measure = '', browser = '', page = ''] = parts;
  return `\n${partsText(['variants.js', 'threads.js'])}\nconst { measure } = (() => {\n${measure}\nreturn { measure };\n})();\nconst { device, unpackJob } = (() => {\n${browser}\nreturn { device, unpackJob };\n})();\n{\n${page}}\n`;
}

const style = `
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 40rem; margin: 0 auto; padding: 1rem; }
button, input { font: inherit; padding: 0.5rem 1rem; min-height: 2.75rem; }
progress, textarea { width: 100%; box-sizing: border-box; }
textarea { font: 0.8rem/1.4 ui-monospace, monospace; }
:focus-visible { outline: 3px solid; outline-offset: 2px; }
`;
