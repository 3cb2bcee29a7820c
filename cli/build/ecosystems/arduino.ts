import { join } from 'node:path';
import { type Ecosystem, imagesNamed } from './ecosystem.ts';

/** arduino-cli: the sketch of the package, with the package as a library. */
export const arduino: Ecosystem = {
  name: 'arduino-cli',
  layout: 'arduino',
  marker: 'library.properties',
  install: 'see https://arduino.github.io/arduino-cli/latest/installation',
  boardName: ({ identifiers }) => identifiers.arduino?.[0] ?? null,
  example: (prefix) => `examples/${prefix}_sketch/${prefix}_sketch.ino`,
  files: () => [],
  commands: ({ profile, packageFolder, prefix, out }) => [
    [
      ...['compile', '-b', profile.identifiers.arduino?.[0] ?? '', '--library', packageFolder],
      ...['--output-dir', out, join(packageFolder, 'examples', `${prefix}_sketch`)],
    ],
  ],
  images: ({ prefix }) => imagesNamed(`${prefix}_sketch.ino`),
  upload: ({ profile, out }) =>
    `arduino-cli upload -b ${profile.identifiers.arduino?.[0] ?? ''} --input-dir ${out} -p PORT`,
};
