/** What is written to a board, and how: the interface of the flashing tools. Everything here is data and pure functions. */

/** A file of a build, at an absolute path. */
export type ImageFormat = 'elf' | 'bin' | 'hex' | 'uf2';

/** Names of a board in the tools; empty where a tool does not know it. */
export interface BoardNames {
  /** `STM32F446RE`, of probe-rs. */
  readonly probeRs: readonly string[];
  readonly pyocd: readonly string[];
  /** Target or board configurations of OpenOCD, those of new releases first: `nordic/nrf52`, `nrf52`. */
  readonly openocd: readonly string[];
  readonly esptool: readonly string[];
  /** UF2 families, as number and as name: `0xe48bff56`, `RP2040`. */
  readonly uf2: readonly string[];
  readonly avrdude: readonly string[];
}

/** The board that is flashed. */
export interface FlashBoard {
  /** `stm32f446re`. */
  readonly name: string;
  /** Instruction set of its first core: `Armv7E-M`. */
  readonly isa: string;
  /** The tool that its profile names. */
  readonly flashTool: string;
  readonly names: BoardNames;
}

/** What one run of a tool is to do. */
export interface FlashJob {
  readonly board: FlashBoard;
  /** Absolute paths of the images that there are. */
  readonly images: Readonly<Partial<Record<ImageFormat, string>>>;
  /** Where the BIN image goes. */
  readonly address: number;
  /** Which probe or device, as the user calls it; null for the only one. `stlink:0668FF...`, `0483:374b`, a serial number. */
  readonly probe: string | null;
  /** Serial port, or the folder of a drive; null for the only one. */
  readonly port: string | null;
  /** Of the serial line that a loader talks over. */
  readonly baud: number;
}

/** A program with its arguments. */
export interface ToolCommand {
  readonly path: string;
  readonly args: readonly string[];
}

/** What a tool's run says of the board. Only `written` claims anything of it. */
export type FlashOutcome =
  /** `verified`: the tool has compared what is in the flash with the file. */
  | { readonly kind: 'written'; readonly verified: boolean }
  | { readonly kind: 'no-device'; readonly what: string }
  | { readonly kind: 'failed'; readonly what: string };

/** How a run ended. `exitCode` is null when a signal ended it. */
export interface ToolEnd {
  readonly exitCode: number | null;
  /** Standard output and standard error, as they came. */
  readonly text: string;
}

/** A tool that is found on the computer. */
export interface InstalledTool {
  readonly path: string;
  /** `4.7.0`; empty when it prints none, or was not asked. */
  readonly version: string;
}

/** One flashing tool. */
export interface FlashAdapter {
  /** As in `flashTool` of a profile and in `--tool`. */
  readonly name: string;
  /** Names on the PATH, the first one preferred. */
  readonly executables: readonly string[];
  /** The image that it takes. */
  readonly format: ImageFormat;
  /** Where its options are written down. */
  readonly documentation: string;
  /** How to get it. */
  readonly install: string;
  /** Whether a port must be named: it finds none by itself. */
  readonly needsPort: boolean;
  /** Whether its arguments depend on its version. */
  readonly asksVersion: boolean;
  /** Why it cannot flash a board; null where it can. */
  readonly refuses: (board: FlashBoard) => string | null;
  /** What is run, one after the other, each only when the one before ended well. */
  readonly commands: (job: FlashJob, tool: InstalledTool) => readonly ToolCommand[];
  /** How far a line of output says the work is, 0 to 1; null for other lines. */
  readonly progress: (line: string) => number | null;
  readonly outcome: (end: ToolEnd) => FlashOutcome;
  /** A run that shows what the program prints through the probe; null where it has none. */
  readonly monitor: ((job: FlashJob, tool: InstalledTool) => ToolCommand) | null;
}

/** The image of an adapter's format; empty where the build has none, which is refused before. */
export function imageOf({ images }: FlashJob, format: ImageFormat): string {
  return images[format] ?? '';
}

/** `0x08000000`. */
export function hexAddress(address: number): string {
  return `0x${address.toString(16).padStart(8, '0')}`;
}

/** The outcome of an exit code, with the sentences that a tool has for an absent device. */
export function outcomeOf({ exitCode, text }: ToolEnd, absent: RegExp, verified: boolean): FlashOutcome {
  const found = absent.exec(text)?.[0];
  if (exitCode !== 0 && found !== undefined) return { kind: 'no-device', what: found.trim() };
  if (exitCode === 0) return { kind: 'written', verified };
  return { kind: 'failed', what: endText({ exitCode, text }) };
}

/** How a tool ended, with the last lines of what it said. */
export function endText({ exitCode, text }: ToolEnd): string {
  const how = exitCode === null ? 'was ended by a signal' : `ended with exit code ${exitCode}`;
  const lines = text
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines.length === 0 ? `${how}, and said nothing` : `${how}\n${lines.slice(-6).join('\n')}`;
}

/** `37 %` anywhere in a line, as 0.37. */
export function percentIn(line: string): number | null {
  const percent = /(\d+(?:\.\d+)?) ?%/.exec(line)?.[1];
  return percent === undefined ? null : Math.min(1, Number(percent) / 100);
}
