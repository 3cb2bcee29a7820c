import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a fake program prints, and how it ends. */
export interface FakeTool {
  readonly prints?: string;
  readonly exitCode?: number;
  /** Ends by a signal after it has printed. */
  readonly isKilled?: boolean;
  /** Goes on until it is ended, for 20 s at most. */
  readonly isEndless?: boolean;
}

/** A PATH folder of programs that do nothing but keep their arguments. */
export class FakeTools {
  readonly folder: string;

  constructor(parent: string) {
    this.folder = join(parent, 'bin');
    mkdirSync(this.folder);
  }

  add(name: string, { prints = '', exitCode = 0, isKilled = false, isEndless = false }: FakeTool = {}): void {
    const path = join(this.folder, name);
    writeFileSync(join(this.folder, `${name}.text`), prints === '' ? '' : `${prints}\n`);
    const lines = [
      '#!/bin/sh',
      `for word in "$@"; do printf '%s\\n' "$word"; done >> '${path}.argv'`,
      `printf -- '=====\\n' >> '${path}.argv'`,
      `while IFS= read -r line; do printf '%s\\n' "$line"; done < '${path}.text'`,
      isKilled ? 'kill -9 $$' : isEndless ? 'exec /bin/sleep 20' : `exit ${exitCode}`,
    ];
    writeFileSync(path, `${lines.join('\n')}\n`);
    chmodSync(path, 0o755);
  }

  /** The arguments of each run of a program. */
  runsOf(name: string): readonly (readonly string[])[] {
    const path = join(this.folder, `${name}.argv`);
    if (!existsSync(path)) return [];
    return readFileSync(path, 'utf8')
      .split('=====\n')
      .slice(0, -1)
      .map((run) => run.split('\n').slice(0, -1));
  }

  /** Calls `work` with these programs on the PATH and no others. */
  async use<T>(work: () => Promise<T>): Promise<T> {
    const before = process.env.PATH;
    process.env.PATH = this.folder;
    try {
      return await work();
    } finally {
      process.env.PATH = before;
    }
  }
}
