import { textArtifact } from '../../artifact.ts';
import { libraryName } from './arduino.ts';
import type { PackageFacts } from './facts.ts';
import type { Layout } from './layout.ts';

/** `library.json` of PlatformIO; it has precedence over `library.properties` where both are there. */
export const platformioLayout: Layout = (facts) => [
  textArtifact('library.json', `${JSON.stringify(libraryJson(facts), null, 2)}\n`),
];

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
