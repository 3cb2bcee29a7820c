import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

/** An ELF header for a machine, and nothing else that matters here. */
export function elfFor(machine: number): Uint8Array {
  const bytes = new Uint8Array(64);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  bytes[18] = machine & 0xff;
  bytes[19] = machine >> 8;
  return bytes;
}

/** A UF2 file of some blocks of 256 bytes. */
export function uf2For(family: number, address: number, blocks = 3): Uint8Array {
  const bytes = new Uint8Array(512 * blocks);
  for (let i = 0; i < blocks; i++) {
    const view = new DataView(bytes.buffer, 512 * i, 512);
    [0x0a324655, 0x9e5d5157, 0x2000, address + 256 * i, 256, i, blocks, family].forEach((word, at) => {
      view.setUint32(4 * at, word, true);
    });
    view.setUint32(508, 0x0ab16f30, true);
    bytes.fill(i + 1, 512 * i + 32, 512 * i + 288);
  }
  return bytes;
}

/** What a test changes of a build. */
export interface FakeBuild {
  readonly board: string;
  readonly machine?: number;
  readonly uf2?: Uint8Array;
  readonly address?: number;
  readonly fits?: boolean;
}

/** Writes a package with a build of it; gives the folder of the build. */
export function writeBuild(
  root: string,
  { board, machine = 40, uf2, address = 0x0800_0000, fits = true }: FakeBuild,
): string {
  const folder = join(root, 'build', board);
  mkdirSync(folder, { recursive: true });
  mkdirSync(join(root, 'src'));
  const source = 'int m;\n';
  writeFileSync(join(root, 'src/m.c'), source);
  const memory = { arenaBytes: 0, stateBytes: 0, staticBytes: 0, stackBoundBytes: 0, sramBytes: 0, constantBytes: 0 };
  const files = [{ path: 'src/m.c', bytes: source.length, sha256: sha256(source) }];
  const told = { generator: 'thimble 0', prefix: 'm', inputs: [], outputs: [], memory, plan: {}, files };
  writeFileSync(join(root, 'thimble.json'), JSON.stringify(told));
  const images = { elf: elfFor(machine), bin: new Uint8Array(100).fill(7), hex: Buffer.from(':00000001FF\n'), uf2 };
  const artifacts: Record<string, unknown> = {};
  for (const [format, bytes] of Object.entries(images)) {
    if (bytes === undefined) continue;
    writeFileSync(join(folder, `firmware.${format}`), bytes);
    artifacts[format] = { path: `firmware.${format}`, sha256: sha256(bytes), bytes: bytes.length };
  }
  const sram = fits ? 2_000 : 200_000;
  const build = {
    ...{ generator: 'thimble 0', board, profile: board, artifacts, address },
    package: { prefix: 'm', hash: sha256(JSON.stringify(told)) },
    sizes: { flash: 10_000, sram, stack: 500, flashLimit: 500_000, sramLimit: 100_000, fits },
    console: { kind: 'uart', baud: 115200, where: 'UART0' },
  };
  writeFileSync(join(folder, 'build.json'), JSON.stringify(build));
  return folder;
}
