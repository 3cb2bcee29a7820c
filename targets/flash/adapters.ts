import type { FlashAdapter } from './adapter.ts';
import { avrdude } from './adapters/avrdude.ts';
import { bossac } from './adapters/bossac.ts';
import { dfuUtil } from './adapters/dfu-util.ts';
import { esptool } from './adapters/esptool.ts';
import { openocd } from './adapters/openocd.ts';
import { picotool } from './adapters/picotool.ts';
import { probeRs } from './adapters/probe-rs.ts';
import { pyocd } from './adapters/pyocd.ts';
import { stFlash } from './adapters/st-flash.ts';

/** Every flashing tool, in the order of preference where the profile's own is not there: those that read back first. */
export const flashAdapters: readonly FlashAdapter[] = [
  probeRs,
  openocd,
  stFlash,
  picotool,
  esptool,
  bossac,
  avrdude,
  pyocd,
  dfuUtil,
];

/** What `--tool` takes: the tools, and `uf2` for a mounted drive. */
export const flashToolNames: readonly string[] = [...flashAdapters.map(({ name }) => name), 'uf2'];
