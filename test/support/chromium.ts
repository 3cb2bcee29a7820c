import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { requireTool } from '../../targets/tools.ts';
import { needTool } from './tools.ts';

/**
 * Whether there is a Chromium: `describe.skipIf(!hasChromium)`. Says why where there is none; with THIMBLE_REQUIRE_TOOLS=1 the import of this file throws
 * instead, which fails the suite.
 */
export const hasChromium: boolean = needTool('chromium').available;

/** Without a sandbox, which root has none of, and with nothing that speaks to other computers. */
export const chromiumFlags: readonly string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts a Chromium that the caller closes; `flags` come on top of {@link chromiumFlags}. */
export function startChromium(...flags: readonly string[]): Promise<Browser> {
  return chromium.launch({ executablePath: requireTool('chromium'), args: [...chromiumFlags, ...flags] });
}

/** Within a `describe`: one Chromium for all its tests, which ends with them. The function gives it to a test or a hook. */
export function useChromium(...flags: readonly string[]): () => Browser {
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await startChromium(...flags);
  });
  afterAll(() => browser?.close());
  return () => {
    if (browser === undefined) throw new Error('Chromium runs within tests alone');
    return browser;
  };
}

/** What a page is opened with: `colorScheme`, `reducedMotion`, `permissions` and whatever else Playwright knows of a context. */
export interface PageOptions extends Omit<BrowserContextOptions, 'viewport'> {
  /** In CSS pixels; 1280 unless told. */
  readonly width?: number;
  /** In CSS pixels; 720 unless told. */
  readonly height?: number;
}

export interface OpenedPage {
  readonly page: Page;
  /**
   * Grows as the page lives: errors that nothing caught, messages of the console at the level of errors, among which are files that did not come and what
   * the content security policy refused. A missing favicon, which Chromium asks for of its own accord, is none.
   */
  readonly faults: string[];
}

/** Opens `url` in a page with a context of its own, which ends when the page is closed. Rejects where nothing answers there. */
export async function openPage(browser: Browser, url: string, options: PageOptions = {}): Promise<OpenedPage> {
  const { width = 1280, height = 720, ...context } = options;
  const page = await browser.newPage({ ...context, viewport: { width, height } });
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    const { url: origin } = message.location();
    if (message.type() === 'error' && !origin.endsWith('/favicon.ico')) faults.push(`${message.text()} (${origin})`);
  });
  try {
    await page.goto(url);
  } catch (error) {
    await page.close();
    throw error;
  }
  return { page, faults };
}
