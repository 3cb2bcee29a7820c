import { fileURLToPath } from 'node:url';
import { ProblemError } from '../../converter/problem.ts';
import { elfSections, withSectionWord } from '../elf.ts';
import { includeFolders, isPackageSource, type PackageFile } from '../harness/package.ts';
import { build, compileAll, readBytes, STRICT_WARNINGS, withWorkspace, writeFiles } from '../harness/workspace.ts';
import { imageUse } from '../qemu/image.ts';
import { QEMU_MACHINES } from '../qemu/machines.ts';
import { TOOLCHAINS, type ToolchainName } from '../qemu/toolchains.ts';
import { requireTool } from '../tools.ts';
import type { BareBoard } from './boards.ts';
import { buildForAvr } from './build-avr.ts';
import { bootRomCrc } from './crc32.ts';
import type { Firmware, FirmwareBoard, FirmwareUse } from './firmware.ts';
import { flashImage, type MemoryImage } from './image.ts';
import { type FirmwareMemory, linkerScript } from './linker-script.ts';
import { mainSource } from './main-source.ts';
import type { FirmwareModel } from './model.ts';

const folder = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const supportFolder = folder('./support/');

/** Builds the firmware of one board. Throws `tool-missing`, `c-build-failed`, and `does-not-fit` with the memory and by how much. */
export type BuildFirmware = (board: FirmwareBoard) => Promise<Firmware>;

/** What of the program is not the model's must not call library functions, whose size would count as the model's. */
const HARNESS_FLAGS = ['-ffreestanding', '-fno-builtin', '-fno-tree-loop-distribute-patterns'];

/**
 * Calls `work` with a function that builds firmwares of one model. What is compiled for a processor is kept for all boards that have it.
 * `app` is a C file with a `main` of the user's, in the place of the program that thimble writes.
 */
export function withFirmwareBuilder<T>(
  model: FirmwareModel,
  app: PackageFile | null,
  work: (build: BuildFirmware) => Promise<T>,
): Promise<T> {
  return withWorkspace(async (workspace) => {
    writeFiles(workspace, model.files);
    const compiled = new Map<string, Promise<readonly string[]>>();
    return work(async (wanted) => {
      const { board, memory, stackBytes } = wanted;
      if (board.cpu === 'avr') return buildForAvr(workspace, model, app, wanted);
      const machine = QEMU_MACHINES[board.cpu];
      const { compiler: tool, libraryFlags } = TOOLCHAINS[machine.toolchain];
      const compiler = requireTool(tool);
      const target = [...machine.cpuFlags, ...libraryFlags];
      const pending = compiled.get(board.cpu) ?? compilePackage(board.cpu, target, compiler);
      compiled.set(board.cpu, pending);
      const objects = await pending;
      const harness = await compileHarness(board, machine.toolchain, target, compiler);
      writeFiles(workspace, [{ path: 'firmware.ld', contents: linkerScript(memory, stackBytes, board.hasBootStage) }]);
      const script = ['-nostartfiles', '-T', 'firmware.ld', '-Wl,--gc-sections', '-Wl,--build-id=none'];
      const args = [...target, ...script, ...objects, ...harness, '-lm', '-o', 'firmware.elf'];
      await fitting(board, () => build(workspace, { tool: compiler, args, where: 'linking' }));
      const elf = withBootCrc(readBytes(workspace, 'firmware.elf'));
      const image = flashImage(elf);
      return { elf, image, use: firmwareUse(elf, image, memory, stackBytes) };
    });

    async function compilePackage(cpu: string, target: readonly string[], compiler: string) {
      const jobs = model.files
        .map(({ path }) => path)
        .filter(isPackageSource)
        .map((source, i) => {
          return { source, object: `${cpu}_package_${i}_${baseName(source)}.o`, flags: [...flagsFor(target), '-O2'] };
        });
      await compileAll(workspace, compiler, jobs);
      return jobs.map(({ object }) => object);
    }

    async function compileHarness(
      board: BareBoard,
      toolchain: ToolchainName,
      target: readonly string[],
      compiler: string,
    ) {
      const main = { path: 'main.c', contents: mainSource(model, board.name) };
      writeFiles(workspace, app === null ? [main] : [{ path: 'app.c', contents: app.contents }]);
      const support = ['print.c', ...board.sources].map((name) => `${supportFolder}${name}`);
      const measured = folder(`../qemu/support/${toolchain === 'arm' ? 'cortex-m.S' : 'riscv-call.S'}`);
      const flags = [...flagsFor(target), '-O2', ...HARNESS_FLAGS, ...board.defines];
      const jobs = [...support, measured, ...(app === null ? ['main.c'] : [])].map((source, i) => {
        return { source, object: `harness_${i}_${baseName(source)}.o`, flags };
      });
      const selftest = {
        source: `test/${model.prefix}_selftest.c`,
        object: 'harness_selftest.o',
        flags: [...flags, `-D${model.prefix.toUpperCase()}_SELFTEST_ARENA=firmware_arena`, ...OWN_BYTES],
      };
      const own = { source: 'app.c', object: 'harness_app.o', flags: [...relaxed(flagsFor(target)), '-O2'] };
      const all = [...jobs, ...(app === null ? [selftest] : [own])];
      await compileAll(workspace, compiler, all);
      return all.map(({ object }) => object);
    }

    function flagsFor(target: readonly string[]) {
      const sections = ['-ffunction-sections', '-fdata-sections', '-fomit-frame-pointer'];
      const harnessFolder = folder('../harness/');
      const folders = [...includeFolders(model.files), '.', harnessFolder, supportFolder].map((path) => `-I${path}`);
      return [...target, '-std=c99', ...STRICT_WARNINGS, ...sections, ...folders];
    }
  });
}

/** The self test's copies and comparisons, by functions of the firmware. */
const OWN_BYTES = ['-Dmemcpy=firmware_copy', '-Dmemcmp=firmware_compare'];

/** The user's own code may warn. */
function relaxed(flags: readonly string[]): readonly string[] {
  return flags.filter((flag) => !STRICT_WARNINGS.includes(flag));
}

/** What a linker says of memories that are too small, in our words and all at once. */
async function fitting(board: BareBoard, link: () => Promise<void>): Promise<void> {
  try {
    await link();
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const overflows = [...error.message.matchAll(/region `(\w+)' overflowed by (\d+) bytes/g)];
    if (overflows.length === 0) throw error;
    throw new ProblemError(
      overflows.map(([, region, bytes]) => ({
        code: 'does-not-fit',
        where: `board ${board.name}`,
        what: `${memoryNames[region ?? ''] ?? `memory ${region}`} is ${bytes} bytes too small for the firmware`,
        advice: 'use a smaller model, a tighter plan (--optimize sram) or a larger board (thimble targets --fits)',
      })),
    );
  }
}

const memoryNames: Readonly<Record<string, string>> = {
  FLASH: 'the flash',
  RAM: 'the SRAM, with the stack that is kept at its end,',
};

/** The program with the check sum of its second boot stage, where it has one. */
function withBootCrc(elf: Uint8Array): Uint8Array {
  const boot = elfSections(elf).find(({ name }) => name === '.boot2');
  if (boot === undefined) return elf;
  const at = boot.offset + 252;
  return withSectionWord(elf, at, bootRomCrc(elf.subarray(boot.offset, at)));
}

function firmwareUse(
  elf: Uint8Array,
  image: MemoryImage,
  { flash, ram }: FirmwareMemory,
  stackBytes: number,
): FirmwareUse {
  const inRam = elfSections(elf).filter(
    ({ flags, address, name }) =>
      (flags & 2) !== 0 && address >= ram.origin && address < ram.origin + ram.bytes && name !== '.stack',
  );
  const sum = (sections: typeof inRam) => sections.reduce((total, { size }) => total + size, 0);
  const application = inRam.filter(({ name }) => name.startsWith('.harness'));
  return {
    flashBytes: image.address + image.bytes.length - flash.origin,
    sramBytes: sum(inRam) + stackBytes,
    stackBytes,
    applicationBytes: sum(application),
    model: imageUse(elf),
  };
}

/** File name without folder and ending. */
function baseName(path: string): string {
  return path.replace(/^.*\//, '').replace(/\.[^.]*$/, '');
}
