import { fileURLToPath } from 'node:url';
import { ProblemError } from '../../converter/problem.ts';
import { elfSections, elfSymbols } from '../elf.ts';
import { includeFolders, type PackageFile } from '../harness/package.ts';
import { build, compileAll, readBytes, STRICT_WARNINGS, type Workspace, writeFiles } from '../harness/workspace.ts';
import { memoryScript, type QemuMachine } from './machines.ts';
import { TOOLCHAINS } from './toolchains.ts';

/** What a program is built from. */
export interface ImageSource {
  /** All files; headers are found wherever they lie. */
  readonly files: readonly PackageFile[];
  /** Paths of the sources under test: their sizes are reported. */
  readonly sources: readonly string[];
  /** Paths of the test program's own sources: their sizes are kept apart. */
  readonly harnessSources: readonly string[];
  /** Preprocessor definitions for the sources under test, `NAME` or `NAME=value`. */
  readonly defines: readonly string[];
  readonly optimize: '-O0' | '-O1' | '-O2' | '-O3' | '-Os';
}

/** What of a machine decides how programs for it are compiled and linked. */
export type ImageMachine = Pick<QemuMachine, 'toolchain' | 'cpuFlags' | 'flash' | 'ram' | 'psram' | 'stackBytes'>;

/** The sources of the port to one of QEMU's machines, with their flags. */
function qemuPort({ toolchain, timer }: QemuMachine): ImagePort {
  const { sources } = TOOLCHAINS[toolchain];
  return {
    sources: ['port.c', `timers/${timer.kind}.c`, ...sources].map((name) => `${supportFolder}${name}`),
    defines: [`-DPORT_TIMER_ADDRESS=${timer.address}u`],
  };
}

/** What implements `port.h` on a machine. */
export interface ImagePort {
  /** Paths of C and assembly sources. */
  readonly sources: readonly string[];
  readonly defines: readonly string[];
}

const supportFolder = fileURLToPath(new URL('./support/', import.meta.url));
const harnessFolder = fileURLToPath(new URL('../harness/', import.meta.url));

/** The test program must not call library functions, whose size would count as the package's. */
const HARNESS_FLAGS = [
  '-ffreestanding',
  '-fno-builtin',
  '-fno-tree-loop-distribute-patterns',
  '-DARENA_SECTION=__attribute__((section(".bss.arena")))',
  '-DOUTSIDE_SECTION=__attribute__((section(".bss.outside")))',
];

/**
 * Compiles and links a program for the machine into `image.elf` and returns its bytes. Weight tables (sources with
 * `weights` in the file name) go to flash, or to PSRAM when the flash is too small for them.
 * Throws `c-build-failed`.
 */
export function buildImage(
  workspace: Workspace,
  compiler: string,
  machine: QemuMachine,
  source: ImageSource,
): Promise<Uint8Array> {
  return buildImageWith(workspace, compiler, machine, qemuPort(machine), source);
}

/** {@link buildImage} for any machine, with the sources of its port. */
export async function buildImageWith(
  workspace: Workspace,
  compiler: string,
  machine: ImageMachine,
  port: ImagePort,
  source: ImageSource,
): Promise<Uint8Array> {
  writeFiles(workspace, source.files);
  const folders = [...includeFolders(source.files), '.', harnessFolder].map((folder) => `-I${folder}`);
  const { libraryFlags } = TOOLCHAINS[machine.toolchain];
  const target = [...machine.cpuFlags, ...libraryFlags];
  const sections = ['-ffunction-sections', '-fdata-sections', '-fomit-frame-pointer'];
  const flags = [...target, '-std=c99', ...STRICT_WARNINGS, ...sections, ...folders];
  const own = [source.optimize, ...source.defines.map((define) => `-D${define}`)];
  const harness = [...port.sources, ...source.harnessSources];
  const harnessFlags = [...flags, '-O2', ...HARNESS_FLAGS, ...port.defines];
  const jobs = [
    ...source.sources.map((path, i) => {
      return { source: path, object: `package_${i}_${baseName(path)}.o`, flags: [...flags, ...own] };
    }),
    ...harness.map((path, i) => {
      return { source: path, object: `harness_${i}_${baseName(path)}.o`, flags: harnessFlags };
    }),
  ];
  await compileAll(workspace, compiler, jobs);
  const link = async (weights: 'FLASH' | 'PSRAM') => {
    writeFiles(workspace, [{ path: 'memory.ld', contents: memoryScript(machine, weights) }]);
    const script = ['-nostartfiles', '-T', `${supportFolder}image.ld`, '-L.', '-Wl,--gc-sections'];
    const args = [...target, ...script, ...jobs.map(({ object }) => object), '-lm', '-o', 'image.elf'];
    await build(workspace, { tool: compiler, args, where: 'linking' });
  };
  try {
    await link('FLASH');
  } catch (error) {
    const full = error instanceof ProblemError && error.message.includes("region `FLASH' overflowed");
    if (!full || machine.psram === undefined) throw error;
    await link('PSRAM');
  }
  return readBytes(workspace, 'image.elf');
}

/** File name without folder and ending. */
function baseName(path: string): string {
  return path.replace(/^.*\//, '').replace(/\.[^.]*$/, '');
}

/** What a program takes of the memories, test program excluded, library functions that it calls included. In bytes. */
export interface ImageUse {
  /** Machine code of the package and of the library functions. */
  readonly textBytes: number;
  /** Constants other than the weight tables, gaps between these, and the initial values of variables. */
  readonly constantBytes: number;
  /** Weight tables. */
  readonly weightBytes: number;
  /** `textBytes + constantBytes`: what the package costs in flash beside its weights. */
  readonly codeFlashBytes: number;
  /** Initialised and zeroed variables, and those in `.psram`; without arena and stack. */
  readonly staticRamBytes: number;
  /** The arena that the test program gives to the package. */
  readonly arenaBytes: number;
  /** The test program and the vector table, which are not in the other numbers. */
  readonly harnessFlashBytes: number;
}

/**
 * Reads the use from a program linked by {@link buildImage}. Weight tables are the sources with `weights` in the file name,
 * and beyond that every constant whose symbol `isWeight` accepts (for packages in one file).
 */
export function imageUse(elf: Uint8Array, isWeight: (symbol: string) => boolean = () => false): ImageUse {
  const sections = elfSections(elf);
  const size = (...names: readonly string[]) =>
    sections.filter(({ name }) => names.includes(name)).reduce((sum, section) => sum + section.size, 0);
  const objects = elfSymbols(elf).filter(({ kind }) => kind === 'object');
  const tablesIn = (section: string, accepts: (symbol: string) => boolean) => {
    const index = sections.findIndex(({ name }) => name === section);
    return objects
      .filter(({ section, name }) => section === index && accepts(name))
      .reduce((sum, symbol) => sum + symbol.size, 0);
  };
  // What the linker leaves free between two tables is none of theirs.
  const weightBytes = tablesIn('.weights', () => true) + tablesIn('.rodata', isWeight);
  const textBytes = size('.text');
  const constantBytes = size('.rodata', '.data', '.weights') - weightBytes;
  return {
    textBytes,
    constantBytes,
    weightBytes,
    codeFlashBytes: textBytes + constantBytes,
    staticRamBytes: size('.data', '.bss', '.psram'),
    arenaBytes: size('.arena'),
    harnessFlashBytes: size('.vectors', '.harness'),
  };
}
