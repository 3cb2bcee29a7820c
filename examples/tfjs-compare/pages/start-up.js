// @ts-check

/** From the navigation to the first result, and what came over the wire for it. @typedef {{ ms: number, wireBytes: number, gzipBytes: number, rawBytes: number, files: number }} Start */

const patienceMs = 60_000;

/** Opens a page of its own in a frame, out of sight, and closes it. @param {string} address @returns {Promise<Start>} */
async function visit(address) {
  const frame = document.createElement('iframe');
  frame.className = 'stage';
  frame.title = 'one engine alone, measured';
  frame.tabIndex = -1;
  const told = new Promise((done) => {
    setTimeout(() => done(`no result within ${patienceMs / 1000} s`), patienceMs);
    addEventListener('message', function hear({ source, data }) {
      if (source !== frame.contentWindow) return;
      removeEventListener('message', hear);
      done(data);
    });
  });
  frame.src = address;
  document.body.append(frame);
  try {
    const outcome = await told;
    const inside = frame.contentWindow;
    if (outcome !== 'first-result' || inside === null) throw new Error(`${address}: ${outcome}`);
    return read(inside.performance);
  } finally {
    frame.remove();
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** @param {Performance} clock @returns {Start} */
function read(clock) {
  const ms = clock.getEntriesByName('first-result')[0]?.startTime ?? Number.NaN;
  // A file that is preloaded and then used has two entries, and comes once.
  /** @type {Map<string, PerformanceResourceTiming>} */
  const entries = new Map();
  let wireBytes = 0;
  for (const entry of [...clock.getEntriesByType('navigation'), ...clock.getEntriesByType('resource')]) {
    const timing = /** @type {PerformanceResourceTiming} */ (entry);
    if (!timing.name.startsWith('http')) continue;
    wireBytes += timing.transferSize;
    entries.set(timing.name, timing);
  }
  const files = [...entries.values()];
  const sum = (/** @type {(entry: PerformanceResourceTiming) => number} */ of) =>
    files.reduce((all, entry) => all + of(entry), 0);
  const gzipBytes = sum((entry) => entry.encodedBodySize);
  return { ms, wireBytes, gzipBytes, rawBytes: sum((entry) => entry.decodedBodySize), files: files.length };
}

/** Visits that fill the caches: files at the first, compiled code at the second. */
const filling = 2;

/**
 * The engines in turn, cold and then warm. `pages`: the address of each below the site.
 * @param {readonly string[]} pages @param {string} build
 * @param {{ cold: number, warm: number }} visits how many count @param {(done: number) => void} progress from 0 to 1
 * @returns {Promise<{ cold: Start[], warm: Start[] }[]>}
 */
export async function measureStarts(pages, build, visits, progress) {
  /** @type {{ cold: Start[], warm: Start[] }[]} */
  const starts = pages.map(() => ({ cold: [], warm: [] }));
  const all = visits.cold + filling + visits.warm;
  for (let round = 0; round < all; round++) {
    const order = pages.map((_, i) => i);
    for (const i of round % 2 === 0 ? order : order.reverse()) {
      const isCold = round < visits.cold;
      const start = await visit(`/@${isCold ? `never-${crypto.randomUUID()}` : build}/${pages[i]}`);
      if (isCold) starts[i]?.cold.push(start);
      else if (round >= visits.cold + filling) starts[i]?.warm.push(start);
    }
    progress((round + 1) / all);
  }
  return starts;
}
