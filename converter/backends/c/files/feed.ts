import { elementType } from '../operand.ts';
import type { CPackageModel } from '../package.ts';
import { c } from '../quote.ts';
import type { Feed } from '../stream/feed.ts';
import type { StreamText } from '../stream/stream-text.ts';
import { renamed } from '../support.ts';
import { wrapWords } from '../wrap.ts';
import { rowsBegin } from './streams.ts';

/** The first work of a package whose input comes row by row. */
export interface FeedWork {
  readonly feed: Feed;
  readonly stream: StreamText;
  /** The C type of the elements of the input. */
  readonly element: string;
}

/** What feeds a model; null where all inputs are in the arena. */
export function feedWork({ work, program }: CPackageModel): FeedWork | null {
  const [stream] = work;
  if (stream?.kind !== 'stream' || stream.feed === null || program.fed === null) return null;
  return { feed: stream.feed, stream, element: elementType(program.fed.type) };
}

/** FNV-1a in 32 bits of the prefix, and odd: what other models, zeros and freshly painted memory do not hold. */
function markOf(prefix: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(prefix)) hash = Math.imul(hash ^ byte, 0x01000193);
  return `0x${((hash | 1) >>> 0).toString(16).padStart(8, '0')}u`;
}

/** The checks that every function of `arena` begins with. */
export function arenaChecks(M: string): string {
  return c`
    unsigned char *const bytes = (unsigned char *)arena;
    if (arena == NULL) {
        return ${M}_ERROR_NULL_ARENA;
    }
    if ((uintptr_t)arena % ${M}_ARENA_ALIGN != 0) {
        return ${M}_ERROR_MISALIGNED_ARENA;
    }
  `;
}

/** `<m>_begin`, `<m>_feed_row` and `<m>_run_rows`; `later` are the statements that do what is behind the fed stream. */
export function feedFunctions(
  { prefix: m, libraryPrefix }: CPackageModel,
  { feed, stream, element }: FeedWork,
  later: string,
): string {
  const M = m.toUpperCase();
  const { progress } = stream;
  const text = c`
    /* Stands in the arena, where nothing else ever does, while rows are wanted. */
    #define ${M}_WANTS_ROWS ${markOf(m)}

    int ${m}_begin(void *arena)
    {
        ${arenaChecks(M)}

        struct thimble_rows *const rows = (struct thimble_rows *)(void *)(${progress.rows});
        ${rowsBegin(stream, `${m}_stream_0_stores`)}
        *(uint32_t *)(void *)(${progress.place}) = 0;
        *(uint32_t *)(void *)(${feed.mark}) = ${M}_WANTS_ROWS;
        return ${M}_OK;
    }

    int ${m}_feed_row(void *arena, const ${element} *row)
    {
        ${arenaChecks(M)}
        if (row == NULL) {
            return ${M}_ERROR_NULL_ROW;
        }
        uint32_t *const mark = (uint32_t *)(void *)(${feed.mark});
        if (*mark != ${M}_WANTS_ROWS) {
            return ${M}_ERROR_NO_ROW_WANTED;
        }

        if (${m}_stream_0(bytes, (const unsigned char *)row)) {
            return ${M}_OK;
        }
        *mark = 0;
        ${later === '' ? '' : `\n${later}`}

        return ${M}_DONE;
    }

    int ${m}_run_rows(void *arena, const ${element} *input)
    {
        int status = ${m}_begin(arena);
        for (int32_t y = 0; status == ${M}_OK && y < ${M}_INPUT_0_ROWS; y++) {
            const ${element} *const row = input == NULL ? NULL : input + y * ${M}_INPUT_0_ROW_ELEMENTS;
            status = ${m}_feed_row(arena, row);
        }
        return status == ${M}_DONE ? ${M}_OK : status;
    }
  `;
  return renamed(text, libraryPrefix);
}

/** What the public header declares in the place of `<m>_run`. */
export function feedDeclarations({ prefix: m }: CPackageModel, { element }: FeedWork, kept: string): string {
  const M = m.toUpperCase();
  return c`
    /* What the functions return. ${M}_DONE is no error. */
    enum ${m}_status {
        ${M}_OK = 0,
        ${M}_ERROR_NULL_ARENA = 1,       /* arena is NULL */
        ${M}_ERROR_MISALIGNED_ARENA = 2, /* arena is not a multiple of ${M}_ARENA_ALIGN */
        ${M}_ERROR_NO_ROW_WANTED = 3,    /* a frame has not begun, or has all its rows */
        ${M}_ERROR_NULL_ROW = 4,         /* row is NULL */
        ${M}_DONE = 16                   /* the last row has been taken, the outputs are there */
    };

    ${comment(`The input comes row by row and is never in the arena as a whole, so there are no ${m}_run and ${m}_input. Let the
      camera, or a DMA channel, write a row of ${M}_INPUT_0_ROW_ELEMENTS elements into a buffer of your own and give it to
      ${m}_feed_row, from the first row to the last; the buffer is free again when ${m}_feed_row returns, and a second one can
      fill in the meantime.`)}

    ${comment(`Begins a frame, and forgets what was fed before. From then on until the outputs are read nothing else may write
      into the arena. ${kept.replace(/\s*\n\*\s*/, ' ')}`)}
    int ${m}_begin(void *arena);

    ${comment(`Takes the next of ${M}_INPUT_0_ROWS rows and computes what can be computed with it. ${M}_OK: more rows are wanted.
      ${M}_DONE: that was the last one, and the outputs are in the arena.`)}
    int ${m}_feed_row(void *arena, const ${element} *row);

    ${comment(`Begins a frame and feeds all rows of an input that lies elsewhere, in flash or external memory. Returns ${M}_OK when
      the outputs are in the arena.`)}
    int ${m}_run_rows(void *arena, const ${element} *input);
  `;
}

function comment(text: string): string {
  return wrapWords(`${text.replace(/\s+/g, ' ')} */`, '/* ', ' * ');
}

/** Macros of an input that comes row by row. */
export function feedMacros(P: string, { feed: { rows, rowBytes, rowElements }, element }: FeedWork): string[] {
  return [
    `#define ${P}_TYPE ${element}`,
    `#define ${P}_ROWS ${rows}`,
    `#define ${P}_ROW_BYTES ${rowBytes}`,
    `#define ${P}_ROW_ELEMENTS ${rowElements}`,
  ];
}
