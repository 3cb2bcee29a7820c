import { type MemoryPlan, offsetOf } from '../../../plan/plan.ts';
import type { Program, RowStore, Stream } from '../../../plan/program.ts';
import { InternalError } from '../../../problem.ts';
import { dtypeBytes } from '../../../tensor/dtype.ts';
import { c } from '../quote.ts';

/** An input that comes row by row. */
export interface Feed {
  readonly rows: number;
  readonly rowBytes: number;
  readonly rowElements: number;
  /** Rows of it that the arena holds at a time. */
  readonly keptRows: number;
  /** Where the word lies that tells whether rows are wanted: bytes from the start of the arena. */
  readonly markOffset: number;
}

/** The fed input of a stream; null where its rows all come from the arena. */
export function feedOf({ stores, actions }: Stream, { fed }: Program, plan: MemoryPlan): Feed | null {
  const index = fed === null ? -1 : stores.findIndex(({ buffer }) => buffer === fed.buffer);
  const store = stores[index];
  if (fed === null || store === undefined) return null;
  const copy = actions.find((action) => action.kind === 'copy' && action.from === index);
  const kept = copy?.kind === 'copy' ? stores[copy.to] : undefined;
  if (kept === undefined) throw new InternalError(`no rows of "${fed.name}" are kept`);
  return {
    ...{ rows: store.capacity, rowBytes: store.rowBytes, keptRows: kept.capacity },
    rowElements: store.rowBytes / dtypeBytes[fed.type.dtype],
    markOffset: offsetOf(plan, fed.mark),
  };
}

/** Statements that take the row `fed`, or end the function when there is none. */
export function takeRow(stores: readonly RowStore[], from: number, to: number, base: string): string {
  return c`
    if (fed == NULL) {
        *place = i;
        return 1;
    }
    memcpy(thimble_rows_next(${base}, &store[${to}], &rows[${to}]), fed, ${stores[from]?.rowBytes ?? 0});
    fed = NULL;
  `;
}
