import { textArtifact } from '../../artifact.ts';
import { c } from '../quote.ts';
import { exampleFunctions } from './example.ts';
import type { PackageFacts } from './facts.ts';
import type { Layout } from './layout.ts';

/**
 * A library of the Arduino library specification, revision 2.2: `library.properties`, sources below `src/`, a sketch. The header in `include/` and
 * the self test are reached by files of one line, since Arduino compiles what is in `src/` alone.
 */
export const arduinoLayout: Layout = (facts) => {
  const m = facts.prefix;
  return [
    textArtifact('library.properties', properties(facts)),
    textArtifact('keywords.txt', keywords(m)),
    textArtifact(`src/${m}.h`, forward(`../include/${m}.h`)),
    textArtifact(`src/${m}_selftest.c`, forward(`../test/${m}_selftest.c`)),
    textArtifact(`examples/${m}_sketch/${m}_sketch.ino`, `${sketch(facts)}\n`),
  ];
};

function forward(path: string): string {
  return `/* SPDX-License-Identifier: 0BSD */\n#include "${path}"\n`;
}

/** The name as a library: names that begin with "Arduino" are kept for official ones. */
export function libraryName(prefix: string): string {
  return prefix.startsWith('arduino') ? `model_${prefix}` : prefix;
}

function properties({ prefix, version, sentence, origin }: PackageFacts): string {
  return c`
    name=${libraryName(prefix)}
    version=${version}
    author=thimble
    maintainer=thimble
    sentence=${sentence}.
    paragraph=${origin}. Include ${prefix}.h; the sketch among the examples runs the model and its self test.
    category=Data Processing
    url=https://arduino.github.io/arduino-cli/latest/library-specification/
    architectures=*
    includes=${prefix}.h
    license=0BSD
  `.concat('\n');
}

function keywords(m: string): string {
  const functions = ['run', 'input', 'output', 'version', 'selftest'].map((name) => `${m}_${name}\tKEYWORD2`);
  const constants = ['ARENA_BYTES', 'STACK_BYTES', 'OK'].map((name) => `${m.toUpperCase()}_${name}\tLITERAL1`);
  return `${[...functions, ...constants].join('\n')}\n`;
}

/** A program of Arduino's framework that runs the model and its self test. */
export function sketch(facts: PackageFacts): string {
  const { prefix: m, hasState } = facts;
  const host = {
    print: (format: string, ...values: readonly string[]) => `say(${[JSON.stringify(format), ...values].join(', ')});`,
    ticks: 'micros()',
    unit: 'microseconds',
  };
  return c`
    // Runs the model ${m} on sample data and prints what it finds. SPDX-License-Identifier: 0BSD
    #include <stdio.h>
    #include <${m}.h>

    extern "C" int ${m}_selftest(void);

    // A line with numbers, over Serial.
    template <typename... Values> static void say(const char *format, Values... values)
    {
        char line[96];
        snprintf(line, sizeof line, format, values...);
        Serial.println(line);
    }

    ${exampleFunctions(facts, host)}

    void setup()
    {
        Serial.begin(115200);
        while (!Serial && millis() < 5000) {
        }
        say("${m}: self test %d (0 is right)", ${m}_selftest());
        ${hasState ? `${m}_reset(arena);` : ''}
    }

    void loop()
    {
        infer();
        delay(1000);
    }
  `;
}
