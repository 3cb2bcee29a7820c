import { join } from 'node:path';
import { type Ecosystem, imagesNamed } from './ecosystem.ts';

/** west of Zephyr: the sample of the package, which names the package as a module. Runs within a workspace, or with ZEPHYR_BASE set. */
export const west: Ecosystem = {
  name: 'west',
  layout: 'zephyr',
  marker: 'zephyr/module.yml',
  install: 'see https://docs.zephyrproject.org/latest/develop/getting_started',
  boardName: ({ identifiers }) => identifiers.zephyr?.[0] ?? null,
  example: (prefix) => `zephyr/samples/${prefix}/src/main.c`,
  files: () => [],
  commands: ({ profile, packageFolder, prefix, out }) => [
    [
      ...['build', '-p', 'auto', '-b', profile.identifiers.zephyr?.[0] ?? '', '-d', out],
      join(packageFolder, 'zephyr', 'samples', prefix),
    ],
  ],
  images: () => imagesNamed('zephyr/zephyr'),
  upload: ({ out }) => `west flash -d ${out}`,
};
