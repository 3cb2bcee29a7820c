import type { Artifact } from '../../artifact.ts';
import { arduinoLayout } from './arduino.ts';
import { cmsisPackLayout } from './cmsis-pack.ts';
import { espIdfLayout } from './esp-idf.ts';
import type { PackageFacts } from './facts.ts';
import type { Layout } from './layout.ts';
import type { LayoutName } from './names.ts';
import { platformioLayout } from './platformio.ts';
import { zephyrLayout } from './zephyr.ts';

/** What each layout adds; `CMakeLists.txt` is in every package. */
const layouts: Readonly<Record<LayoutName, Layout>> = {
  cmake: () => [],
  arduino: arduinoLayout,
  platformio: platformioLayout,
  zephyr: zephyrLayout,
  'esp-idf': espIdfLayout,
  'cmsis-pack': cmsisPackLayout,
};

/** The files by which the ecosystems find the package. */
export function layoutFiles(names: readonly LayoutName[], facts: PackageFacts): readonly Artifact[] {
  return names.flatMap((name) => layouts[name](facts));
}
