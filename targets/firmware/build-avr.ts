import { fileURLToPath } from 'node:url';
import { type Problem, ProblemError } from '../../converter/problem.ts';
import { type ElfSymbol, elfSections, elfSymbols } from '../elf.ts';
import { includeFolders, isPackageSource, type PackageFile } from '../harness/package.ts';
import { build, compileAll, readBytes, type Workspace, writeFiles } from '../harness/workspace.ts';
import type { ImageUse } from '../qemu/image.ts';
import { findTool, requireTool } from '../tools.ts';
import type { Firmware, FirmwareBoard } from './firmware.ts';
import { flashImage } from './image.ts';
import { mainSource } from './main-source.ts';
import type { FirmwareModel } from './model.ts';

const folder = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Data addresses of AVR programs, as the linker numbers them (GNU ld, AVR targets). */
const DATA_SPACE = 0x80_0000;

/** Builds the firmware of a package narrowed to avr; the linker script and the start-up are those of avr-libc. Throws as `withFirmwareBuilder`. */
export async function buildForAvr(
  workspace: Workspace,
  model: FirmwareModel,
  app: PackageFile | null,
  { board, memory, stackBytes }: FirmwareBoard,
): Promise<Firmware> {
  const compiler = requireTool('avr-gcc');
  const library = findTool('avr-libc');
  if (library?.found === false) {
    const { name, reason } = library;
    throw new ProblemError({ code: 'tool-missing', where: name, what: reason, advice: 'install it' });
  }
  const support = folder('./support/');
  const main = app === null ? { path: 'main.c', contents: mainSource(model, board.name) } : { ...app, path: 'app.c' };
  writeFiles(workspace, [main]);
  const folders = [...includeFolders(model.files), '.', folder('../harness/'), support].map((path) => `-I${path}`);
  // C99 knows no address spaces; conversions of 16-bit integers, which are everywhere here, are not worth a warning.
  const warnings = app === null ? ['-Wall', '-Wextra', '-Werror'] : [];
  const sections = ['-ffunction-sections', '-fdata-sections'];
  const flags = [...board.defines, '-std=gnu99', '-Os', ...warnings, ...sections, ...folders];
  const arena = `-D${model.prefix.toUpperCase()}_SELFTEST_ARENA=firmware_arena`;
  const selftest = app === null ? [`test/${model.prefix}_selftest.c`] : [];
  const sources = [
    ...model.files.map(({ path }) => path).filter(isPackageSource),
    ...selftest,
    main.path,
    ...board.sources.map((name) => `${support}${name}`),
  ];
  const jobs = sources.map((source, i) => ({ source, object: `avr_${i}.o`, flags: [...flags, arena] }));
  await compileAll(workspace, compiler, jobs);
  const objects = jobs.map(({ object }) => object);
  const args = [...board.defines, '-Wl,--gc-sections', ...objects, '-lm', '-o', 'firmware.elf'];
  await build(workspace, { tool: compiler, args, where: 'linking' });
  const elf = readBytes(workspace, 'firmware.elf');
  const image = flashImage(elf);
  const symbols = elfSymbols(elf);
  const used = modelUse(symbols, model);
  const variables = sizeOf(elf, '.data', '.bss', '.noinit');
  const sramBytes = variables + stackBytes;
  const problems: Problem[] = [];
  const check = (name: string, bytes: number, limit: number) => {
    if (bytes <= limit) return;
    const what = `${name} is ${bytes - limit} bytes too small for the firmware`;
    const advice = 'use a smaller model, a tighter plan (--optimize sram) or a larger board (thimble targets --fits)';
    problems.push({ code: 'does-not-fit', where: `board ${board.name}`, what, advice });
  };
  check('the flash', image.bytes.length, memory.flash.bytes);
  check('the SRAM, with the stack that is kept at its end,', sramBytes, memory.ram.bytes);
  if (problems.length > 0) throw new ProblemError(problems);
  const applicationBytes = variables - used.arenaBytes - used.staticRamBytes;
  return { elf, image, use: { flashBytes: image.bytes.length, sramBytes, stackBytes, applicationBytes, model: used } };
}

function sizeOf(elf: Uint8Array, ...names: readonly string[]): number {
  return elfSections(elf)
    .filter(({ name }) => names.includes(name))
    .reduce((sum, { size }) => sum + size, 0);
}

/** By symbols: every name of a package begins with its prefix. Library functions are not told from those of the program. */
function modelUse(symbols: readonly ElfSymbol[], { prefix, files }: FirmwareModel): ImageUse {
  const own = symbols.filter(({ name }) => name.startsWith(`${prefix}_`));
  const sum = (list: readonly ElfSymbol[]) => list.reduce((total, { size }) => total + size, 0);
  const objects = own.filter(({ kind }) => kind === 'object');
  const weights = files.find(({ path }) => path === `src/${prefix}_weights.c`)?.contents ?? '';
  const tables = new Set(
    [
      ...Buffer.from(weights)
        .toString('utf8')
        .matchAll(/^const .*?(\w+)\[/gm),
    ].map(([, name]) => name),
  );
  const inFlash = objects.filter(({ address }) => address < DATA_SPACE);
  const textBytes = sum(own.filter(({ kind, name }) => kind === 'function' && name !== `${prefix}_selftest`));
  const constantBytes = sum(inFlash.filter(({ name }) => !tables.has(name)));
  return {
    textBytes,
    constantBytes,
    weightBytes: sum(inFlash.filter(({ name }) => tables.has(name))),
    codeFlashBytes: textBytes + constantBytes,
    staticRamBytes: sum(objects.filter(({ address }) => address >= DATA_SPACE)),
    arenaBytes: sum(symbols.filter(({ name }) => name === 'firmware_arena')),
    harnessFlashBytes: 0,
  };
}
