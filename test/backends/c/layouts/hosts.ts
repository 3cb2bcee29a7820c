import type { PackageFile } from '../../../../targets/harness/package.ts';

/** Just enough of Zephyr to compile and run its sample on this computer; sleeping ends the program. */
export const zephyrHost: readonly PackageFile[] = [
  {
    path: 'host/zephyr/kernel.h',
    contents: `#include <stdlib.h>
static inline unsigned k_cycle_get_32(void) { static unsigned now; return now += 5; }
#define k_msleep(milliseconds) exit((milliseconds) == 1000 ? 0 : 9)
`,
  },
  { path: 'host/zephyr/sys/printk.h', contents: '#include <stdio.h>\n#define printk printf\n' },
];

/** Just enough of ESP-IDF. */
export const espHost: readonly PackageFile[] = [
  {
    path: 'host/esp_timer.h',
    contents: 'static inline long long esp_timer_get_time(void) { static long long now; return now += 7; }\n',
  },
  { path: 'host/freertos/FreeRTOS.h', contents: '#define pdMS_TO_TICKS(ms) (ms)\n' },
  {
    path: 'host/freertos/task.h',
    contents: '#include <stdlib.h>\n#define vTaskDelay(ticks) exit((ticks) == 1000 ? 0 : 9)\n',
  },
  { path: 'host/main.c', contents: 'void app_main(void);\nint main(void) { app_main(); return 1; }\n' },
];

/** Just enough of Arduino, whose sketches are C++ behind an include of its header. */
export const arduinoHost: readonly PackageFile[] = [
  {
    path: 'host/Arduino.h',
    contents: `#include <stdio.h>
#include <stdlib.h>
struct Port {
    void begin(long) {}
    operator bool() const { return true; }
    void println(const char *line) { puts(line); }
};
static Port Serial;
static inline unsigned long micros() { static unsigned long now; return now += 3; }
static inline unsigned long millis() { return 0; }
static inline void delay(unsigned long ms) { exit(ms == 1000 ? 0 : 9); }
`,
  },
  { path: 'host/main.cpp', contents: 'void setup();\nvoid loop();\nint main() { setup(); loop(); return 1; }\n' },
];

/** CMake commands of Zephyr, as far as a module uses them: they make the library \`module\`. */
export const zephyrCmake = `
cmake_minimum_required(VERSION 3.10)
project(host C)
set(CONFIG_TINY y)
set(CONFIG_TINY_SELFTEST y)
function(zephyr_include_directories)
  include_directories(\${ARGN})
  set(MODULE_INCLUDES \${ARGN} PARENT_SCOPE)
endfunction()
macro(zephyr_library_named name)
  set(MODULE \${name})
  file(WRITE \${CMAKE_BINARY_DIR}/empty.c "typedef int empty;")
  add_library(\${name} STATIC \${CMAKE_BINARY_DIR}/empty.c)
endmacro()
macro(zephyr_library_include_directories)
  target_include_directories(\${MODULE} PRIVATE \${ARGN})
endmacro()
macro(zephyr_library_sources)
  target_sources(\${MODULE} PRIVATE \${ARGN})
endmacro()
macro(zephyr_library_sources_ifdef switch)
  if(\${switch})
    zephyr_library_sources(\${ARGN})
  endif()
endmacro()
macro(zephyr_library_compile_options)
  target_compile_options(\${MODULE} PRIVATE \${ARGN})
endmacro()
add_subdirectory(tiny/zephyr module)
add_executable(program main.c)
target_include_directories(program PRIVATE tiny/include)
target_link_libraries(program PRIVATE tiny)
`;

/** CMake commands of ESP-IDF, as far as a component uses them. */
export const espCmake = `
cmake_minimum_required(VERSION 3.10)
project(host C)
set(ESP_PLATFORM 1)
macro(idf_component_register)
  cmake_parse_arguments(ARG "" "" "SRCS;INCLUDE_DIRS;PRIV_INCLUDE_DIRS" \${ARGN})
  set(COMPONENT_LIB component)
  add_library(component STATIC \${ARG_SRCS})
  target_include_directories(component PUBLIC \${ARG_INCLUDE_DIRS} PRIVATE \${ARG_PRIV_INCLUDE_DIRS})
endmacro()
add_subdirectory(tiny component)
add_executable(program main.c)
target_link_libraries(program PRIVATE component)
`;
