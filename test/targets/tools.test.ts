import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findExecutable, findTool, findTools, requireTool } from '../../targets/tools.ts';
import { needTool } from '../support/tools.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'thimble-tools-'));
  vi.stubEnv('PATH', folder);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** A program of the given name that prints `text`. */
function install(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(
    path,
    `#!/bin/sh\n[ "$1" = "-print-file-name=libc_nano.a" ] && echo libc_nano.a && exit\necho '${text}'\n`,
  );
  chmodSync(path, 0o755);
  return path;
}

describe('tool discovery', () => {
  it('finds nothing but Node on an empty PATH, and says for each how to get it', () => {
    const { tools } = findTools();
    expect(tools.length).toBeGreaterThan(10);
    for (const tool of tools) {
      expect(tool.enables).not.toBe('');
      if (tool.name === 'node') expect(tool).toMatchObject({ found: true, version: process.versions.node });
      else
        expect(tool).toMatchObject({ found: false, reason: expect.stringContaining(`install ${tool.debianPackage}`) });
    }
  });

  it.each([
    ['gcc', 'gcc (Debian 12.2.0-14+deb12u1) 12.3.0', '12.3.0'],
    ['arm-none-eabi-gcc', 'arm-none-eabi-gcc (15:12.2.rel1-1) 12.2.1 20221205', '12.2.1'],
    ['qemu-system-arm', 'QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)', '7.2.22'],
    ['clang', 'Debian clang version 14.0.6', '14.0.6'],
    ['chromium', 'Chromium 156.0.8078.79 built on Debian GNU/Linux 12 (bookworm)', '156.0.8078.79'],
    ['gcc', 'no number', ''],
  ])('reads the version of %s', (name, printed, version) => {
    const path = install(name, printed);
    expect(findTool(name)).toMatchObject({ found: true, path, version });
  });

  it('takes another name of the same program', () => {
    const path = install('google-chrome', 'Google Chrome 120.0.1.2');
    expect(findTool('chromium')).toMatchObject({ found: true, path });
  });

  it('does not take a folder or a file that is not executable', () => {
    writeFileSync(join(folder, 'gcc'), 'text');
    expect(findExecutable('gcc')).toBeUndefined();
    expect(findExecutable('.')).toBeUndefined();
  });

  it('misses a library that the compiler does not have', () => {
    install('arm-none-eabi-gcc', '12.2.1');
    expect(findTool('arm-none-eabi-newlib')).toMatchObject({
      found: false,
      reason: expect.stringContaining('libc_nano.a'),
    });
  });

  it('knows no other tool', () => {
    expect(findTool('ed')).toBeUndefined();
    expect(() => requireTool('qemu-system-arm')).toThrow(/qemu-system-arm: is not on the PATH; .*apt-get install/);
  });
});

describe('needTool', () => {
  it('skips with the reason into the list', () => {
    vi.stubEnv('THIMBLE_REQUIRE_TOOLS', '0');
    const list = join(folder, 'list');
    vi.stubEnv('THIMBLE_SKIP_LOG', list);
    const need = needTool('node', 'qemu-system-riscv32');
    expect(need).toEqual({ available: false, reason: expect.stringContaining('apt-get install qemu-system-misc') });
    needTool('qemu-system-riscv32');
    expect(readFileSync(list, 'utf8')).toBe(`${need.reason}\n`);
  });

  it('throws when tools are required', () => {
    vi.stubEnv('THIMBLE_REQUIRE_TOOLS', '1');
    expect(() => needTool('clang++')).toThrow('THIMBLE_REQUIRE_TOOLS=1, and clang++');
    expect(needTool('node')).toEqual({ available: true, reason: '' });
  });
});
