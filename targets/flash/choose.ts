import type { FlashAdapter, FlashBoard, FlashJob, ImageFormat } from './adapter.ts';
import { flashAdapters } from './adapters.ts';

/** How a board is going to be flashed. */
export type FlashMethod =
  | { readonly kind: 'tool'; readonly adapter: FlashAdapter; readonly path: string }
  | { readonly kind: 'uf2' };

/** A way that is not taken, and why. */
export interface RefusedMethod {
  readonly name: string;
  readonly why: string;
}

export interface ChosenMethod {
  /** Null where there is none. */
  readonly method: FlashMethod | null;
  readonly refused: readonly RefusedMethod[];
}

/** What is known of the computer. */
export interface FlashPlace {
  /** The path of the first of some names that is installed. */
  readonly find: (...names: readonly string[]) => string | undefined;
  /** Whether a UF2 drive is mounted that takes the board's family. */
  readonly hasDrive: boolean;
}

/**
 * The way to flash a board: `wanted` where the user has said so; else a mounted drive of the board, the tool of its profile, and the other
 * tools in their order, the first that is installed, knows the board and has an image and a port.
 */
export function chooseMethod(
  job: Pick<FlashJob, 'board' | 'images' | 'port'>,
  wanted: string | null,
  place: FlashPlace,
): ChosenMethod {
  const refused: RefusedMethod[] = [];
  for (const name of wanted === null ? order(job.board) : [wanted]) {
    if (name === 'uf2') {
      const why = driveObstacle(job, place, wanted !== null);
      if (why === null) return { method: { kind: 'uf2' }, refused };
      refused.push({ name, why });
      continue;
    }
    const adapter = flashAdapters.find((one) => one.name === name);
    if (adapter === undefined) {
      refused.push({ name, why: 'thimble does not drive this tool' });
      continue;
    }
    const why = obstacle(adapter, job);
    const path = place.find(...adapter.executables);
    if (why !== null) refused.push({ name, why });
    else if (path === undefined)
      refused.push({ name, why: `${adapter.executables.join(' or ')} is not on the PATH; ${adapter.install}` });
    else return { method: { kind: 'tool', adapter, path }, refused };
  }
  return { method: null, refused };
}

function order({ flashTool }: FlashBoard): readonly string[] {
  return [...new Set(['uf2', flashTool, ...flashAdapters.map(({ name }) => name)])];
}

/** Why a tool cannot do the job, wherever it is; null where it can. */
function obstacle(
  adapter: FlashAdapter,
  { board, images, port }: Pick<FlashJob, 'board' | 'images' | 'port'>,
): string | null {
  const why = adapter.refuses(board);
  if (why !== null) return why;
  if (images[adapter.format] === undefined) return noImage(adapter.format);
  return adapter.needsPort && port === null ? 'it wants --port' : null;
}

function driveObstacle(
  { board, images }: Pick<FlashJob, 'board' | 'images'>,
  { hasDrive }: FlashPlace,
  isWanted: boolean,
): string | null {
  if (board.names.uf2.length === 0) return 'the board has no UF2 family';
  if (images.uf2 === undefined) return noImage('uf2');
  return hasDrive || isWanted ? null : 'no drive with INFO_UF2.TXT of this family is mounted';
}

const noImage = (format: ImageFormat): string => `the build has no ${format.toUpperCase()} image`;
