import { InternalError, invariant } from '../../../problem.ts';
import {
  type Expr,
  type FunctionBuilder,
  type FunctionRef,
  i32,
  type Local,
  type ModuleBuilder,
  memory,
  type Operand,
  type Parameters,
} from '../assembler/index.ts';
import type { CallValue } from '../kernel.ts';
import { emitSwitch } from '../switch.ts';
import type { PendingAction, PendingStore, PendingStream } from './emit-stream.ts';

/** A store within the function of its stream. */
interface LiveStore extends PendingStore {
  readonly address: number;
  /** The row at the start of the store. */
  readonly firstRow: Local<'i32'>;
  /** The row that comes next. */
  readonly nextRow: Local<'i32'>;
}

/**
 * The function that does a stream from its first row to its last: a loop over the order, with where each store is in locals.
 *
 * @param base address of the arena
 */
export function defineStream(
  builder: ModuleBuilder,
  { name, stores, actions, order }: PendingStream,
  base: number,
): FunctionRef<Parameters, readonly []> {
  return builder.function(name, {}, (f) => {
    const live = stores.map((store, i): LiveStore => {
      const [firstRow, nextRow] = [f.local('i32', `first${i}`), f.local('i32', `next${i}`)];
      return { ...store, address: base + store.offset, firstRow, nextRow };
    });
    const counts = actions.map(({ kind }) => (kind === 'total' ? f.local('i32', 'count') : null));
    for (const store of live) emitBegin(f, store);
    for (const count of counts) if (count !== null) f.set(count, 0);
    f.for({ from: 0, to: order.length }, (i) => {
      const place = order.bytes === 1 ? i : typeof i === 'number' ? 2 * i : i32.shl(i, 1);
      const offset = order.address;
      const action = order.bytes === 1 ? i32.load8_u(place, { offset }) : i32.load16_u(place, { offset });
      const cases = actions.map((one, k) => () => emitAction(f, one, live, { base, count: counts[k] ?? null }));
      emitSwitch(f, action, cases);
    });
  });
}

/** An empty store: rows before row 0 are padding. */
function emitBegin(f: FunctionBuilder, { address, first, padding, rowBytes, firstRow, nextRow }: LiveStore): void {
  f.set(firstRow, first);
  f.set(nextRow, 0);
  if (first < 0) f.do(memory.fill(address, padding, -first * rowBytes));
}

/** Where a row begins that the store holds. */
function rowAddress({ address, rowBytes, firstRow }: LiveStore, row: Operand<'i32'>): Expr<'i32'> {
  return i32.add(i32.mul(i32.sub(row, firstRow), rowBytes), address);
}

/** Makes room for the next row and sets `to` to its start. */
function emitNext(f: FunctionBuilder, store: LiveStore, to: Local<'i32'>): void {
  const { address, rowBytes, capacity, slide, firstRow, nextRow } = store;
  if (slide > 0) {
    f.if(i32.eq(i32.sub(nextRow, firstRow), capacity), () => {
      if (slide < capacity) {
        f.do(memory.copy(address, address + slide * rowBytes, (capacity - slide) * rowBytes));
      }
      f.set(firstRow, i32.add(firstRow, slide));
    });
  }
  f.set(to, rowAddress(store, nextRow));
  f.set(nextRow, i32.add(nextRow, 1));
}

interface ActionPlace {
  readonly base: number;
  /** Rows of a total so far. */
  readonly count: Local<'i32'> | null;
}

function emitAction(
  f: FunctionBuilder,
  action: PendingAction,
  stores: readonly LiveStore[],
  { base, count }: ActionPlace,
): void {
  const to = f.local('i32', 'to');
  const from = f.local('i32', 'from');
  switch (action.kind) {
    case 'pad': {
      const store = storeAt(stores, action.store);
      emitNext(f, store, to);
      f.do(memory.fill(to, store.padding, store.rowBytes));
      break;
    }
    case 'copy': {
      const [source, target] = [storeAt(stores, action.from), storeAt(stores, action.to)];
      f.set(from, rowAddress(source, target.nextRow));
      emitNext(f, target, to);
      f.do(memory.copy(to, from, source.rowBytes));
      break;
    }
    case 'total': {
      invariant(count !== null, 'a total counts its rows');
      f.set(from, rowAddress(storeAt(stores, action.input), count));
      const output = storeAt(stores, action.output).address;
      f.do(f.call(action.callee, { row: from, sums: base + action.sums, output, y: count }));
      f.set(count, i32.add(count, 1));
      break;
    }
    case 'layer':
      emitLayer(f, action, stores, { base, to });
      break;
  }
  f.free(to, from);
}

/** Inputs are found before room is made for the output. */
function emitLayer(
  f: FunctionBuilder,
  { inputs, output, calls }: Extract<PendingAction, { kind: 'layer' }>,
  stores: readonly LiveStore[],
  { base, to }: { readonly base: number; readonly to: Local<'i32'> },
): void {
  const target = storeAt(stores, output);
  const places = new Map<string, Local<'i32'>>([['output', to]]);
  inputs.forEach((read, i) => {
    if (read === null) return;
    const from = f.local('i32', `from${i}`);
    const row = i32.sub(i32.mul(target.nextRow, read.stride), read.top);
    f.set(from, rowAddress(storeAt(stores, read.store), row));
    places.set(`input${i}`, from);
  });
  emitNext(f, target, to);
  const resolve = (value: CallValue): number | Expr<'i32'> => {
    if (typeof value === 'number') return value;
    const { region, offset } = value;
    if (region === 'constants') return offset;
    if (region === 'arena') return base + offset;
    const start = places.get(region);
    if (start === undefined) throw new InternalError(`a step in a stream has no ${region}`);
    return offset === 0 ? start : i32.add(start, offset);
  };
  for (const { callee, values } of calls) {
    const args = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, resolve(value)]));
    f.push(f.call(callee, args));
  }
  f.free(...[...places.values()].filter((local) => local !== to));
}

function storeAt(stores: readonly LiveStore[], index: number): LiveStore {
  const store = stores[index];
  invariant(store !== undefined, `a stream has no store ${index}`);
  return store;
}
