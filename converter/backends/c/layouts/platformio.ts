import { textArtifact } from '../../artifact.ts';
import { c } from '../quote.ts';
import { libraryName, sketch } from './arduino.ts';
import type { PackageFacts } from './facts.ts';
import type { Layout } from './layout.ts';

/**
 * `library.json` of PlatformIO, which has precedence over `library.properties` where both are there, and an example project with some
 * boards, which finds the package in the folder that it lies in.
 */
export const platformioLayout: Layout = (facts) => {
  const project = `examples/${facts.prefix}_platformio`;
  return [
    textArtifact('library.json', `${JSON.stringify(libraryJson(facts), null, 2)}\n`),
    textArtifact(`${project}/platformio.ini`, projectIni()),
    textArtifact(`${project}/src/main.cpp`, `#include <Arduino.h>\n\n${sketch(facts)}\n`),
  ];
};

function projectIni(): string {
  return c`
    ; SPDX-License-Identifier: 0BSD
    [env]
    framework = arduino
    monitor_speed = 115200
    lib_extra_dirs = ../../..

    [env:pico]
    platform = raspberrypi
    board = pico

    [env:nucleo_f446re]
    platform = ststm32
    board = nucleo_f446re

    [env:esp32-s3-devkitc-1]
    platform = espressif32
    board = esp32-s3-devkitc-1
  `.concat('\n');
}

function libraryJson({ prefix, version, sentence, usesMath, sources }: PackageFacts) {
  return {
    $schema:
      'https://raw.githubusercontent.com/platformio/platformio-core/develop/platformio/assets/schema/library.json',
    name: libraryName(prefix).replaceAll('_', '-'),
    version,
    description: `${sentence}.`,
    keywords: ['inference', 'neural-network', 'tinyml'],
    license: '0BSD',
    frameworks: '*',
    platforms: '*',
    headers: [`${prefix}.h`],
    build: {
      includeDir: 'include',
      srcDir: 'src',
      srcFilter: ['-<*>', ...sources.map((path) => `+<${path.slice('src/'.length)}>`)],
      ...(usesMath ? { flags: ['-lm'] } : {}),
    },
  };
}
