import { readFileSync } from 'node:fs';
import { fromUf2 } from '../../targets/firmware/uf2.ts';
import type { FlashBoard } from '../../targets/flash/adapter.ts';
import { doesNotFitCode } from '../exit-code.ts';
import { fail, fileWhere } from '../input/file.ts';
import { formatBytes } from '../output/text.ts';
import { uf2FamilyOf } from './board.ts';
import type { CheckedBuild } from './build-manifest.ts';

/** Instruction sets by `e_machine` of ELF: System V ABI, registry of machines. */
const machines: readonly { readonly code: number; readonly name: string; readonly isa: RegExp }[] = [
  { code: 40, name: 'Arm', isa: /^Armv/ },
  { code: 83, name: 'AVR', isa: /^AVR/i },
  { code: 94, name: 'Xtensa', isa: /^Xtensa/ },
  { code: 243, name: 'RISC-V', isa: /^RV/ },
];

/** Refuses what does not fit the board, or is for another processor. Throws ProblemError. */
export function checkImages(build: CheckedBuild, board: FlashBoard): void {
  const {
    images,
    manifest: { sizes },
  } = build;
  if (!sizes.fits || sizes.flash > sizes.flashLimit || sizes.sram > sizes.sramLimit) {
    const need = `${formatBytes(sizes.flash)} of ${formatBytes(sizes.flashLimit)} flash, ${formatBytes(sizes.sram)} of ${formatBytes(sizes.sramLimit)} SRAM`;
    fail(
      doesNotFitCode,
      board.name,
      `the firmware does not fit: it needs ${need}`,
      'see the remedies of thimble convert --target; nothing was flashed',
    );
  }
  if (images.elf !== undefined) checkElf(images.elf, board);
  if (images.uf2 !== undefined) checkUf2(images.uf2, board);
}

function checkElf(path: string, { name, isa }: FlashBoard): void {
  const bytes = readFileSync(path);
  const isElf = bytes.length >= 52 && bytes.readUInt32BE(0) === 0x7f454c46;
  if (!isElf) fail('elf-broken', fileWhere(path), 'is no ELF file', 'build the firmware again');
  const code = bytes.readUInt16LE(18);
  const found = machines.find((one) => one.code === code);
  if (found?.isa.test(isa) === true) return;
  const what = `is code for ${found?.name ?? `machine ${code}`}; the processor of ${name} has ${isa}`;
  fail('wrong-architecture', fileWhere(path), what, `build it for ${name}; nothing was flashed`);
}

function checkUf2(path: string, board: FlashBoard): void {
  const family = uf2FamilyOf(board);
  const found = fromUf2(readFileSync(path), fileWhere(path)).family;
  if (family === null || found === null || found === family.id) return;
  const said = `0x${found.toString(16)}`;
  fail(
    'wrong-architecture',
    fileWhere(path),
    `is of the UF2 family ${said}; ${board.name} takes ${family.name}`,
    `build it for ${board.name}; nothing was flashed`,
  );
}
