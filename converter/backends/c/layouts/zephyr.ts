import { textArtifact } from '../../artifact.ts';
import { c } from '../quote.ts';
import { exampleFunctions } from './example.ts';
import type { PackageFacts } from './facts.ts';
import type { Layout } from './layout.ts';

/** A Zephyr module (`zephyr/module.yml`) with a switch in Kconfig, and a sample application. */
export const zephyrLayout: Layout = (facts) => {
  const sample = `zephyr/samples/${facts.prefix}`;
  return [
    textArtifact('zephyr/module.yml', moduleYaml(facts)),
    textArtifact('zephyr/CMakeLists.txt', cmake(facts)),
    textArtifact('zephyr/Kconfig', kconfig(facts)),
    textArtifact(`${sample}/CMakeLists.txt`, sampleCmake(facts)),
    textArtifact(`${sample}/prj.conf`, projectConfig(facts)),
    textArtifact(`${sample}/sample.yaml`, sampleYaml(facts)),
    textArtifact(`${sample}/src/main.c`, `${main(facts)}\n`),
  ];
};

function switchOf({ prefix }: PackageFacts): string {
  return prefix.toUpperCase();
}

function moduleYaml({ prefix }: PackageFacts): string {
  return c`
    # SPDX-License-Identifier: 0BSD
    name: ${prefix}
    build:
      cmake: zephyr
      kconfig: zephyr/Kconfig
    samples:
      - zephyr/samples
  `.concat('\n');
}

function cmake(facts: PackageFacts): string {
  const { prefix, sources } = facts;
  return c`
    # SPDX-License-Identifier: 0BSD
    if(CONFIG_${switchOf(facts)})
      zephyr_include_directories(../include)
      zephyr_library_named(${prefix})
      zephyr_library_include_directories(../src)
      zephyr_library_sources(
        ${sources.map((path) => `../${path}`)}
      )
      zephyr_library_sources_ifdef(CONFIG_${switchOf(facts)}_SELFTEST ../test/${prefix}_selftest.c)
      zephyr_library_compile_options(-O2)
    endif()
  `.concat('\n');
}

function kconfig(facts: PackageFacts): string {
  const name = switchOf(facts);
  return c`
    # SPDX-License-Identifier: 0BSD
    config ${name}
    	bool "Model ${facts.prefix}"
    	${facts.usesMath ? 'select REQUIRES_FULL_LIBC' : ''}
    	help
    	  ${facts.sentence}.
    	  Its arena takes ${facts.arenaBytes} bytes of SRAM and belongs to the application.

    config ${name}_SELFTEST
    	bool "Self test of the model ${facts.prefix}"
    	depends on ${name}
    	help
    	  The function ${facts.prefix}_selftest, which runs golden inputs on an
    	  arena of its own.
  `.concat('\n');
}

function sampleCmake({ prefix }: PackageFacts): string {
  return c`
    # SPDX-License-Identifier: 0BSD
    cmake_minimum_required(VERSION 3.20.0)
    list(APPEND ZEPHYR_EXTRA_MODULES \${CMAKE_CURRENT_SOURCE_DIR}/../../..)
    find_package(Zephyr REQUIRED HINTS $ENV{ZEPHYR_BASE})
    project(${prefix}_sample LANGUAGES C)
    target_sources(app PRIVATE src/main.c)
  `.concat('\n');
}

function projectConfig(facts: PackageFacts): string {
  return `CONFIG_${switchOf(facts)}=y\nCONFIG_${switchOf(facts)}_SELFTEST=y\nCONFIG_PRINTK=y\nCONFIG_MAIN_STACK_SIZE=4096\n`;
}

function sampleYaml({ prefix }: PackageFacts): string {
  return c`
    sample:
      name: ${prefix}
    tests:
      sample.${prefix}.selftest:
        tags: inference
        integration_platforms:
          - mps2/an385
        harness: console
        harness_config:
          type: one_line
          regex:
            - "${prefix}: self test 0"
  `.concat('\n');
}

function main(facts: PackageFacts): string {
  const { prefix: m, hasState } = facts;
  const host = {
    print: (format: string, ...values: readonly string[]) =>
      `printk(${[JSON.stringify(`${format}\n`), ...values].join(', ')});`,
    ticks: 'k_cycle_get_32()',
    unit: 'cycles',
  };
  return c`
    /* Runs the model ${m} on sample data and prints what it finds. SPDX-License-Identifier: 0BSD */
    #include <zephyr/kernel.h>
    #include <zephyr/sys/printk.h>

    #include "${m}.h"

    int ${m}_selftest(void);

    ${exampleFunctions(facts, host)}

    int main(void)
    {
        printk("${m}: self test %d (0 is right)\\n", ${m}_selftest());
        ${hasState ? `${m}_reset(arena);` : ''}
        for (;;) {
            infer();
            k_msleep(1000);
        }
        return 0;
    }
  `;
}
