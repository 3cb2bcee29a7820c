/** An ecosystem whose own build finds the package, beside plain CMake. */
export const layoutNames = ['cmake', 'arduino', 'platformio', 'zephyr', 'esp-idf', 'cmsis-pack'] as const;

export type LayoutName = (typeof layoutNames)[number];
