import type { LayoutName } from '../../../converter/backends/c/layouts/names.ts';
import type { McuProfile } from '../../target/schema.ts';

/** A build for a board by the tool of an ecosystem. */
export interface EcosystemJob {
  readonly profile: McuProfile;
  /** Beginning of the C names of the package. */
  readonly prefix: string;
  /** Absolute path of the package. */
  readonly packageFolder: string;
  /** Absolute path of the folder that is written. */
  readonly out: string;
}

/** A file that is written before the tool starts; `path` relative to the folder of the build. */
export interface ProjectFile {
  readonly path: string;
  readonly contents: string;
}

/** A build tool that the user has. */
export interface Ecosystem {
  /** Its command, as in `--with`. */
  readonly name: string;
  readonly layout: LayoutName;
  /** A file of the package by which the layout is there. */
  readonly marker: string;
  /** How to get the tool. */
  readonly install: string;
  /** What it calls the board; null where it, or this layout, has none. */
  readonly boardName: (profile: McuProfile) => string | null;
  /** The example program in the package, relative to it. */
  readonly example: (prefix: string) => string;
  readonly files: (job: EcosystemJob) => readonly ProjectFile[];
  /** Arguments of its commands, one after the other. */
  readonly commands: (job: EcosystemJob) => readonly (readonly string[])[];
  /** Where its images are, relative to the folder of the build. */
  readonly images: (job: EcosystemJob) => readonly string[];
  /** What flashes its build, to be shown. */
  readonly upload: (job: EcosystemJob) => string;
}

/** The images of a program by its name without ending. */
export function imagesNamed(stem: string): readonly string[] {
  return ['elf', 'bin', 'hex', 'uf2'].map((ending) => `${stem}.${ending}`);
}
