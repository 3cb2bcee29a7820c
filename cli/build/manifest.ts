import { z } from 'zod';
import type { DirectoryMarker } from '../output/atomic.ts';

/** `build.json`: what a build made, for those who flash it. */

const artifact = z.object({
  /** Relative to the folder of `build.json`. */
  path: z.string(),
  bytes: z.int().min(0),
  sha256: z.string(),
});

export const buildManifestSchema = z.object({
  generator: z.string().startsWith('thimble'),
  /** Name of the board: `thimble build --board`. */
  board: z.string(),
  /** Target profile of the board; null for boards of an emulator. */
  profile: z.string().nullable(),
  package: z.object({
    prefix: z.string(),
    /** SHA-256 of `thimble.json`, which has that of every other file of the package. */
    hash: z.string(),
  }),
  artifacts: z.object({ elf: artifact, bin: artifact, hex: artifact, uf2: artifact.optional() }),
  /** Where the image is written; the address of the first byte of the BIN file. */
  address: z.int().min(0),
  /** In bytes. */
  sizes: z.object({
    flash: z.int().min(0),
    sram: z.int().min(0),
    /** What of `sram` is kept for the stack. */
    stack: z.int().min(0),
    flashLimit: z.int().min(0),
    sramLimit: z.int().min(0),
    fits: z.boolean(),
  }),
  console: z.object({ kind: z.literal('uart'), baud: z.int().min(1), where: z.string() }),
});

export type BuildManifest = z.infer<typeof buildManifestSchema>;

export const buildFile = 'build.json';

/** A folder that `thimble build` wrote. */
export const buildMarker: DirectoryMarker = {
  file: buildFile,
  recognises: (content) => {
    try {
      return buildManifestSchema.safeParse(JSON.parse(new TextDecoder().decode(content))).success;
    } catch {
      return false;
    }
  },
};
