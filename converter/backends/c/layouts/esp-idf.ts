import { textArtifact } from '../../artifact.ts';
import { c } from '../quote.ts';
import { exampleFunctions } from './example.ts';
import type { PackageFacts } from './facts.ts';
import type { Layout } from './layout.ts';

/** A component of ESP-IDF 5: its manifest and an example project. `CMakeLists.txt` registers it where `ESP_PLATFORM` is set. */
export const espIdfLayout: Layout = (facts) => {
  const project = `examples/${facts.prefix}_esp_idf`;
  return [
    textArtifact('idf_component.yml', manifest(facts)),
    textArtifact(`${project}/CMakeLists.txt`, projectCmake(facts)),
    textArtifact(`${project}/main/CMakeLists.txt`, 'idf_component_register(SRCS main.c)\n'),
    textArtifact(`${project}/main/main.c`, `${main(facts)}\n`),
  ];
};

/** The lines of `CMakeLists.txt` by which ESP-IDF finds the component. */
export function registerComponent({ prefix, sources }: Pick<PackageFacts, 'prefix' | 'sources'>): string {
  return c`
    if(ESP_PLATFORM)
      idf_component_register(
        SRCS ${[...sources, `test/${prefix}_selftest.c`].join(' ')}
        INCLUDE_DIRS include
        PRIV_INCLUDE_DIRS src
      )
      target_compile_options(\${COMPONENT_LIB} PRIVATE -O2)
      return()
    endif()
  `;
}

function manifest({ version, sentence }: PackageFacts): string {
  return c`
    # SPDX-License-Identifier: 0BSD
    version: "${version}"
    description: "${sentence}."
    license: 0BSD
    dependencies:
      idf: ">=5.0"
  `.concat('\n');
}

function projectCmake({ prefix }: PackageFacts): string {
  return c`
    # SPDX-License-Identifier: 0BSD
    cmake_minimum_required(VERSION 3.16)
    set(EXTRA_COMPONENT_DIRS "\${CMAKE_CURRENT_LIST_DIR}/../..")
    include($ENV{IDF_PATH}/tools/cmake/project.cmake)
    project(${prefix}_example)
  `.concat('\n');
}

function main(facts: PackageFacts): string {
  const { prefix: m, hasState } = facts;
  const host = {
    print: (format: string, ...values: readonly string[]) =>
      `printf(${[JSON.stringify(`${format}\n`), ...values].join(', ')});`,
    ticks: 'esp_timer_get_time()',
    unit: 'microseconds',
  };
  return c`
    /* Runs the model ${m} on sample data and prints what it finds. SPDX-License-Identifier: 0BSD */
    #include <stdio.h>

    #include "esp_timer.h"
    #include "freertos/FreeRTOS.h"
    #include "freertos/task.h"

    #include "${m}.h"

    int ${m}_selftest(void);

    ${exampleFunctions(facts, host)}

    void app_main(void)
    {
        printf("${m}: self test %d (0 is right)\\n", ${m}_selftest());
        ${hasState ? `${m}_reset(arena);` : ''}
        for (;;) {
            infer();
            vTaskDelay(pdMS_TO_TICKS(1000));
        }
    }
  `;
}
