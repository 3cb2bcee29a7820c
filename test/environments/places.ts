import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { requireTool } from '../../targets/tools.ts';
import { chromiumFlags } from '../support/chromium.ts';
import { slug, tellPage } from './builds.ts';
import { appText, type Entry, entries, type Project, write } from './project.ts';

const files = { digits: 'index.js', 'digits/external': 'external.js', 'digits/worker': 'in-worker.js' };

/** Pages whose model runs in a worker of the app's own, and in a service worker. */
export function workerPages(project: Project, folder: string): void {
  for (const entry of entries) {
    const text = appText(project, `../node_modules/digits/${files[entry]}`, 'postMessage(result)');
    write(join(folder, `worker-${slug(entry)}.script.js`), text);
    const service = appText(project, `../node_modules/digits/${files[entry]}`, 'port.postMessage(result)');
    const [head, start] = service.split('\nmain()');
    const heard = `addEventListener('message', (event) => {\n  const [port] = event.ports;\n  event.waitUntil(main()${start?.trimEnd().replace(/;$/, '')});\n});\n`;
    write(join(folder, `service-${slug(entry)}.script.js`), `${head}\n${heard}`);
    write(
      join(folder, `worker-${slug(entry)}.js`),
      `const worker = new Worker(new URL('./worker-${slug(entry)}.script.js', import.meta.url), { type: 'module' });
worker.addEventListener('message', ({ data: result }) => ${tellPage});
worker.addEventListener('error', ({ message }) => { globalThis.result = { error: message }; });
`,
    );
    write(
      join(folder, `service-${slug(entry)}.js`),
      `const registration = await navigator.serviceWorker.register('./service-${slug(entry)}.script.js', { type: 'module' });
const { active } = await navigator.serviceWorker.ready;
const { port1, port2 } = new MessageChannel();
port1.onmessage = async ({ data: result }) => { await registration.unregister(); ${tellPage} };
(registration.installing ?? registration.waiting ?? active).postMessage({}, [port2]);
`,
    );
    for (const place of ['worker', 'service']) {
      const tag = `<script type="module" src="./${place}-${slug(entry)}.js"></script>`;
      write(join(folder, `${place}-${slug(entry)}.html`), `<!doctype html><title>digits</title>${tag}\n`);
    }
  }
}

/** What the apps in pages of an unpacked extension tell. */
export async function openedExtension(project: Project): Promise<ReadonlyMap<Entry, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), 'thimble-extension-'));
  const extension = join(folder, 'extension');
  const policy = "script-src 'self' 'wasm-unsafe-eval'; object-src 'self'";
  const manifest = {
    ...{ manifest_version: 3, name: 'digits', version: '1.0' },
    background: { service_worker: 'background.js' },
    content_security_policy: { extension_pages: policy },
  };
  cpSync(project.bundle, join(extension, 'digits'), { recursive: true });
  write(join(extension, 'manifest.json'), JSON.stringify(manifest));
  write(join(extension, 'background.js'), '');
  for (const entry of entries) {
    write(join(extension, `${slug(entry)}.js`), appText(project, `./digits/${files[entry]}`, tellPage));
    const tag = `<script type="module" src="${slug(entry)}.js"></script>`;
    write(join(extension, `${slug(entry)}.html`), `<!doctype html><title>digits</title>${tag}\n`);
  }
  const context = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath: requireTool('chromium'),
    headless: false,
    args: [
      ...chromiumFlags,
      ...['--headless=new', '--disable-features=DisableLoadExtensionCommandLineSwitch'],
      `--disable-extensions-except=${extension}`,
      `--load-extension=${extension}`,
    ],
  });
  try {
    const [worker] = context.serviceWorkers();
    const { host } = new URL((worker ?? (await context.waitForEvent('serviceworker'))).url());
    const results = new Map<Entry, unknown>();
    for (const entry of entries) {
      const tab = await context.newPage();
      await tab.goto(`chrome-extension://${host}/${slug(entry)}.html`);
      await tab.waitForFunction(() => Reflect.has(globalThis, 'result'));
      results.set(entry, await tab.evaluate(() => Reflect.get(globalThis, 'result')));
    }
    return results;
  } finally {
    await context.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
