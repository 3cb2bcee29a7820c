import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../cli/run-cli.ts';
import { needTool } from '../support/tools.ts';
import { blocksOf, isShown, type PageCommand, renewed, wordsOf } from './console-blocks.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const mayRenew = process.env.THIMBLE_UPDATE_GOLDEN !== undefined;
/** Blocks that take many seconds are run when pages are renewed, or on demand. */
const mayBeSlow = mayRenew || process.env.THIMBLE_SLOW_DOCS !== undefined;

/** The code of the command before, for `echo $?`. */
let lastCode = 0;

/** What a command prints, as a terminal shows it. */
async function printedBy(command: string, folder: string): Promise<readonly string[]> {
  const [program, ...words] = wordsOf(command);
  if (command === 'echo $?') return [String(lastCode)];
  if (program === 'thimble') {
    const { code, stdout, stderr } = await runCli(words, folder);
    lastCode = code;
    return `${stdout}${stderr}`.replace(/\n+$/, '').split('\n');
  }
  if (program === 'mkdir') {
    for (const name of words.filter((word) => word !== '-p')) mkdirSync(join(folder, name), { recursive: true });
    return [];
  }
  if (program !== 'node') throw new Error(`this test does not run ${program}: say not-run="reason" at the block`);
  const text = execFileSync(process.execPath, words, { cwd: folder, encoding: 'utf8' });
  return text.replace(/\n+$/, '').split('\n');
}

describe.each(['getting-started-web', 'getting-started-firmware', 'compare'])('docs/%s.md', (name) => {
  const path = join(root, 'docs', `${name}.md`);
  const blocks = blocksOf(readFileSync(path, 'utf8'));
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'thimble-docs-'));
    symlinkSync(join(root, 'examples'), join(folder, 'examples'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has commands that are run', () => {
    const run = blocks.filter((block) => block.kind === 'console' && block.notRun === null);
    expect(run.length).toBeGreaterThan(0);
  });

  for (const block of blocks) {
    if (block.kind === 'file') {
      it(`line ${block.line}: writes ${block.path}`, () => {
        mkdirSync(join(folder, dirname(block.path)), { recursive: true });
        writeFileSync(join(folder, block.path), block.content);
      });
      continue;
    }
    const { commands, notRun, isSlow, tools } = block;
    const need = needTool(...tools);
    const title = `line ${block.line}: ${commands.map(({ command }) => command).join('; ')}`;
    const slow = isSlow && !mayBeSlow ? 'slow: THIMBLE_SLOW_DOCS=1 runs it' : null;
    const why = notRun ?? slow ?? (need.available ? null : need.reason);
    it.skipIf(why !== null)(why === null ? title : `${title} (${why})`, async () => {
      for (const [i, command] of commands.entries()) {
        const printed = await printedBy(command.command, folder);
        check(path, command, printed);
        // A code that is not 0 must be shown.
        const isTold = [command, commands[i + 1]].some((one) => one?.command === 'echo $?');
        if (!isTold) expect(lastCode, printed.join('\n')).toBe(0);
      }
    });
  }
});

function check(path: string, { command, output }: PageCommand, printed: readonly string[]): void {
  if (isShown(output, printed)) return;
  const lines = mayRenew ? renewed(output, printed) : null;
  if (lines === null) {
    expect(printed, `${command}: not what the page shows; THIMBLE_UPDATE_GOLDEN=1 renews numbers`).toEqual(output);
    return;
  }
  const page = readFileSync(path, 'utf8');
  const [before, after] = [output, lines].map((text) => [`$ ${command}`, ...text].join('\n'));
  expect(page).toContain(before);
  writeFileSync(
    path,
    page.replace(before ?? '', () => after ?? ''),
  );
}
