import { dirname, join, relative } from 'node:path';
import type { McuProfile } from '../../target/schema.ts';
import { type Ecosystem, type EcosystemJob, imagesNamed } from './ecosystem.ts';

/** Platforms of PlatformIO with Arduino's framework, by the beginning of a profile's name: PlatformIO documentation, Development Platforms. */
const platforms: readonly (readonly [string, string])[] = [
  ['stm32', 'ststm32'],
  ['rp2', 'raspberrypi'],
  ['esp32', 'espressif32'],
  ['nrf52', 'nordicnrf52'],
  ['nano33ble', 'nordicnrf52'],
  ['atsam', 'atmelsam'],
  ['atmega', 'atmelavr'],
  ['mimxrt1062', 'teensy'],
  ['gd32v', 'gd32v'],
  ['k210', 'kendryte210'],
];

function platformOf({ name }: McuProfile): string | null {
  return platforms.find(([beginning]) => name.startsWith(beginning))?.[1] ?? null;
}

function boardOf(profile: McuProfile): string | null {
  return platformOf(profile) === null ? null : (profile.identifiers.platformio?.[0] ?? null);
}

/** PlatformIO: a project of its own, which finds the package as a library in the folder above it. */
export const pio: Ecosystem = {
  name: 'pio',
  layout: 'platformio',
  marker: 'library.json',
  install: 'pip install platformio',
  boardName: boardOf,
  example: (prefix) => `examples/${prefix}_platformio/src/main.cpp`,
  files: (job) => [{ path: 'platformio.ini', contents: projectIni(job) }],
  commands: ({ out, profile }) => [['run', '-d', out, '-e', boardOf(profile) ?? '']],
  images: ({ profile }) => imagesNamed(join('.pio', 'build', boardOf(profile) ?? '', 'firmware')),
  upload: ({ out, profile }) => `pio run -d ${out} -e ${boardOf(profile) ?? ''} -t upload`,
};

function projectIni({ profile, prefix, packageFolder, out }: EcosystemJob): string {
  const board = boardOf(profile) ?? '';
  return [
    '; Written by thimble build.',
    '[platformio]',
    `src_dir = ${relative(out, join(packageFolder, 'examples', `${prefix}_platformio`, 'src'))}`,
    '',
    `[env:${board}]`,
    `platform = ${platformOf(profile) ?? ''}`,
    `board = ${board}`,
    'framework = arduino',
    'monitor_speed = 115200',
    `lib_extra_dirs = ${relative(out, dirname(packageFolder)) || '.'}`,
    '',
  ].join('\n');
}
