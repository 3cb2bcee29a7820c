/** A command of a page with what it prints; `...` alone on a line stands for lines that are left out. */
export interface PageCommand {
  readonly command: string;
  readonly output: readonly string[];
}

/** A fenced block of a page that says something to do. */
export type PageBlock =
  /** ```` ```console ````, with `tools=a,b` that it needs, `slow`, or `not-run="reason"`. */
  | {
      readonly kind: 'console';
      readonly line: number;
      readonly tools: readonly string[];
      readonly notRun: string | null;
      readonly isSlow: boolean;
      readonly commands: readonly PageCommand[];
    }
  /** ```` ```js file=classify.mjs ````: a file that commands after it read. */
  | { readonly kind: 'file'; readonly line: number; readonly path: string; readonly content: string };

/** The blocks of a Markdown page that are commands or files, in their order. */
export function blocksOf(page: string): readonly PageBlock[] {
  const found: PageBlock[] = [];
  for (const { 1: language = '', 2: info = '', 3: content = '', index } of page.matchAll(
    /^```(\w+)(.*)\n([\s\S]*?)^```$/gm,
  )) {
    const line = page.slice(0, index).split('\n').length;
    const path = /\bfile=(\S+)/.exec(info)?.[1];
    if (path !== undefined) found.push({ kind: 'file', line, path, content });
    if (language !== 'console') continue;
    const tools = /\btools=(\S+)/.exec(info)?.[1]?.split(',') ?? [];
    const notRun = /\bnot-run="([^"]+)"/.exec(info)?.[1] ?? null;
    const isSlow = /^ slow\b/.test(info);
    found.push({ kind: 'console', line, tools, notRun, isSlow, commands: commandsOf(content) });
  }
  return found;
}

function commandsOf(content: string): readonly PageCommand[] {
  const parts = content.replace(/\n$/, '').split(/^\$ /m).slice(1);
  return parts.map((part) => {
    const [command = '', ...output] = part.replace(/\n+$/, '').split('\n');
    return { command, output };
  });
}

/** Words of a command line; quotes keep blanks together, nothing else of a shell is known. */
export function wordsOf(command: string): readonly string[] {
  return [...command.replace(/\s+#\s.*$/, '').matchAll(/"([^"]*)"|'([^']*)'|([^\s"']+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? '',
  );
}

/** Whether `printed` is `shown`, with any lines in the place of `...`. */
export function isShown(shown: readonly string[], printed: readonly string[]): boolean {
  return aligned(shown, printed, (a, b) => a === b) !== null;
}

/**
 * `shown` with the numbers of `printed`: each line becomes the next printed one that differs in numbers and blanks only. Null where a line has
 * no such partner, so that the page must be written anew.
 */
export function renewed(shown: readonly string[], printed: readonly string[]): readonly string[] | null {
  const shape = (line: string) =>
    line
      .replace(/[\d,.]+/g, '#')
      .replace(/\b(?:us|ms|s|KiB|MiB|B)\b/g, 'unit')
      .replace(/\s+/g, ' ')
      .trim();
  return aligned(shown, printed, (a, b) => shape(a) === shape(b));
}

/** The printed lines that stand for the shown ones, `...` kept; greedy, the first that fits after each gap. */
function aligned(
  shown: readonly string[],
  printed: readonly string[],
  fits: (shown: string, printed: string) => boolean,
): readonly string[] | null {
  const lines: string[] = [];
  let at = 0;
  let isGap = false;
  for (const line of shown) {
    if (line.trim() === '...') {
      lines.push(line);
      isGap = true;
      continue;
    }
    if (isGap) while (at < printed.length && !fits(line, printed[at] ?? '')) at++;
    const partner = printed[at++];
    if (partner === undefined || !fits(line, partner)) return null;
    lines.push(partner);
    isGap = false;
  }
  return isGap || at === printed.length ? lines : null;
}
