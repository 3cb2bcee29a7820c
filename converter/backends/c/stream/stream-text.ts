import { type MemoryPlan, placementOf } from '../../../plan/plan.ts';
import type { BufferId, Program, RowAction, RowStore, Stream } from '../../../plan/program.ts';
import { InternalError, invariant } from '../../../problem.ts';
import { bankText, placeText } from '../banks.ts';
import { choiceFor, type KernelChoices } from '../choice.ts';
import { describe } from '../describe.ts';
import type { CArgument, CLayer, LayerOf } from '../kernel.ts';
import type { LayerPool } from '../layers.ts';
import { type Feed, feedOf, takeRow } from './feed.ts';
import { totalLayer } from './total.ts';

/** What a stream does at a time, as C. */
export interface ActionText {
  /** Number of the layer, for the profile hooks; null for what is no layer. */
  readonly layer: number | null;
  readonly description: string;
  /** The initializer of its `struct thimble_action`. */
  readonly rows: string;
  /** Statements that use `bytes`, `store`, `rows`, `action`, and where it reads and writes rows `from` and `to`. */
  readonly body: string;
  /** The layer function that is called, for counting; null where there is none. */
  readonly code: CLayer | null;
}

/** A stream, ready to be written. */
export interface StreamText {
  readonly kind: 'stream';
  readonly stream: Stream;
  readonly description: string;
  /** The initializers of its stores, with what they hold. */
  readonly stores: readonly { readonly text: string; readonly name: string }[];
  /** Where the bank of each store begins. */
  readonly bases: readonly string[];
  readonly actions: readonly ActionText[];
  /** Where its place in the order lies, and behind it where its stores are. */
  readonly progress: { readonly place: string; readonly rows: string };
  /** The input that its rows come from, where they come from outside; see `feed.ts`. */
  readonly feed: Feed | null;
}

type LayerAction = Extract<RowAction, { kind: 'layer' }>;

/** The text of a stream; its layers are added to `layers`. */
export function streamText(
  stream: Stream,
  program: Program,
  plan: MemoryPlan,
  layers: LayerPool,
  prefix: string,
  choices: KernelChoices,
  emitLayer: LayerOf,
): StreamText {
  const isFed = (buffer: BufferId) => program.fed !== null && buffer === program.fed.buffer;
  const scratch = stream.scratch === null ? null : placeText(plan, stream.scratch, prefix);
  const bases = stream.stores.map(({ buffer }) =>
    isFed(buffer) ? 'bytes' : bankText(plan, placementOf(plan, buffer).bank, prefix),
  );
  const spareBytes = program.buffers.find(({ id }) => id === stream.scratch)?.bytes ?? 0;
  const context = (index: number) => {
    return { rounding: program.rounding, spareBytes, choice: choiceFor(choices, index) };
  };
  const { first, end } = stream;
  return {
    kind: 'stream',
    stream,
    description: `${end - first === 1 ? `layer ${first}` : `layers ${first} to ${end - 1}`}, row by row`,
    stores: stream.stores.map((store) => {
      return {
        name: store.name,
        text: storeText(store, isFed(store.buffer) ? 0 : placementOf(plan, store.buffer).offset),
      };
    }),
    bases,
    actions: stream.actions.map((action): ActionText => {
      if (action.kind === 'pad' || action.kind === 'copy') return plainAction(action, stream.stores, bases, program);
      const { step } = action;
      const full = program.steps[step.index];
      invariant(full !== undefined, `no step ${step.index}`);
      const description = describe(full, plan);
      const layer = action.kind === 'layer' ? emitLayer(step, context(step.index)) : totalLayer(action.step);
      const texts =
        action.kind === 'layer'
          ? layerPlaces(action, bases)
          : totalPlaces(action, bases, placeText(plan, action.sums, prefix));
      const place = (argument: CArgument) => argumentText(argument, texts, scratch, step.name);
      return {
        layer: step.index,
        description,
        code: layer,
        rows: texts.rows,
        body: [...texts.before, layers.call(layer, step.index, description, place), ...texts.after].join('\n'),
      };
    }),
    progress: { place: placeText(plan, stream.progress, prefix), rows: placeText(plan, stream.progress, prefix, 4) },
    feed: feedOf(stream, program, plan, prefix),
  };
}

/** How the statements of an action name its operands. */
interface Places {
  /** The initializer of its `struct thimble_action`. */
  readonly rows: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly texts: ReadonlyMap<unknown, string>;
  readonly sums: string;
  readonly row: string;
}

/** The initializer of an action that finds its rows itself. */
const noRows = (output: number) => `{0, ${output}${NO_ROWS}`;

/** The end of {@link ActionText.rows} where an action finds its rows itself. */
export const NO_ROWS = ', 0, 0}';

function argumentText(argument: CArgument, places: Places, scratch: string | null, name: string): string {
  switch (argument.kind) {
    case 'operand': {
      const text = places.texts.get(argument.operand);
      invariant(text !== undefined, `${name} has another operand`);
      return text;
    }
    case 'scratch':
    case 'spare':
      if (scratch === null) throw new InternalError(`${name} has no scratch`);
      return scratch;
    case 'sums':
      return places.sums;
    case 'row':
      return places.row;
    default:
      throw new InternalError(`${name}: ${argument.kind} is no place`);
  }
}

/** The first input and room for the output are found already; others begin at rows before the one that is made. */
function layerPlaces(action: LayerAction, bases: readonly string[]): Places {
  const { step, inputs, output } = action;
  const texts = new Map<unknown, string>();
  const before: string[] = [];
  let rows: string | null = null;
  inputs.forEach((read, i) => {
    if (read === null) return;
    if (rows === null) {
      rows = `{${[read.store, output, read.stride, read.top].join(', ')}}`;
      texts.set(step.inputs[i], 'from');
      return;
    }
    texts.set(step.inputs[i], `from${i}`);
    before.push(`const unsigned char *const from${i} = ${readText(read, output, bases)};`);
  });
  invariant(rows !== null, `${step.name} reads no rows`);
  texts.set(step.outputs[0], 'to');
  return { rows, before, after: [], texts, sums: '', row: '' };
}

/** `first` of the output counts the rows that are in the sums. */
function totalPlaces(
  { step, input, output }: Extract<RowAction, { kind: 'total' }>,
  bases: readonly string[],
  sums: string,
): Places {
  const count = `rows[${output}].first`;
  const texts = new Map<unknown, string>([
    [step.inputs[0], 'last'],
    [step.outputs[0], `${bases[output]} + store[${output}].offset`],
  ]);
  return {
    rows: noRows(output),
    before: [
      `const unsigned char *const last = thimble_rows_at(${bases[input]}, &store[${input}], &rows[${input}], ${count});`,
    ],
    after: [`${count}++;`],
    texts,
    sums,
    row: count,
  };
}

/** Where the rows begin that make the row of the output that comes now. */
function readText(
  { store, stride, top }: NonNullable<LayerAction['inputs'][number]>,
  output: number,
  bases: readonly string[],
): string {
  const row = `rows[${output}].next`;
  const before = stride + top;
  return `thimble_rows_at(${bases[store]}, &store[${store}], &rows[${store}], ${stride === 1 ? '' : `${stride} * `}${row} - ${before})`;
}

/** `{128, 320, 3, 1, -1, -128}`: the initializer of a store. */
function storeText({ rowBytes, capacity, slide, first, padding }: RowStore, offset: number): string {
  return `{${[offset, rowBytes, capacity, slide, first, padding].join(', ')}}`;
}

function plainAction(
  action: Extract<RowAction, { kind: 'pad' | 'copy' }>,
  stores: readonly RowStore[],
  bases: readonly string[],
  { fed }: Program,
): ActionText {
  if (action.kind === 'pad') {
    const { store } = action;
    const body = `thimble_rows_pad(${bases[store]}, &store[action->to], &rows[action->to]);`;
    return { layer: null, code: null, description: 'a row of padding', rows: noRows(store), body };
  }
  const { from, to } = action;
  const isFed = fed !== null && stores[from]?.buffer === fed.buffer;
  if (!isFed) {
    const body = 'memcpy(to, from, store[action->to].row_bytes);';
    return { layer: null, code: null, description: 'a row of another store', rows: `{${from}, ${to}, 1, 0}`, body };
  }
  const description = `the next row of "${stores[from]?.name ?? ''}"`;
  return {
    layer: null,
    code: null,
    description,
    rows: noRows(to),
    body: takeRow(stores, from, to, bases[to] ?? 'bytes'),
  };
}
