import { join } from 'node:path';
import type { Ecosystem } from './ecosystem.ts';

/** idf.py of ESP-IDF: the example project of the package. What it configures stays in the folder of the build. */
export const idf: Ecosystem = {
  name: 'idf.py',
  layout: 'esp-idf',
  marker: 'idf_component.yml',
  install: 'see https://docs.espressif.com/projects/esp-idf; then source export.sh',
  boardName: ({ identifiers }) => identifiers.esptool?.[0] ?? null,
  example: (prefix) => `examples/${prefix}_esp_idf/main/main.c`,
  files: () => [],
  commands: ({ profile, packageFolder, prefix, out }) => {
    const project = join(packageFolder, 'examples', `${prefix}_esp_idf`);
    const where = ['-C', project, '-B', out, '-D', `SDKCONFIG=${join(out, 'sdkconfig')}`];
    return [[...where, '-D', `IDF_TARGET=${profile.identifiers.esptool?.[0] ?? ''}`, 'build']];
  },
  images: ({ prefix }) => [
    ...[`${prefix}_example.elf`, `${prefix}_example.bin`],
    ...['bootloader/bootloader.bin', 'partition_table/partition-table.bin', 'flasher_args.json'],
  ],
  upload: ({ packageFolder, prefix, out }) =>
    `idf.py -C ${join(packageFolder, 'examples', `${prefix}_esp_idf`)} -B ${out} -p PORT flash`,
};
