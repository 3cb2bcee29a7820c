import { commentText } from '../literal.ts';
import type { CPackageModel } from '../package.ts';
import { c } from '../quote.ts';
import { type ActionText, NO_ROWS, type StreamText } from '../stream/stream-text.ts';
import { renamed } from '../support.ts';
import { wrapCode, wrapWords } from '../wrap.ts';

/** Numbers in a line of a table. */
const PER_LINE = 24;

/** The functions that do the streams of a model; empty without. */
export function streamFunctions(model: CPackageModel): string {
  const texts = model.work.flatMap((work, index) => (work.kind === 'stream' ? [functionText(model, work, index)] : []));
  return texts.length === 0 ? '' : `${texts.join('\n\n')}\n`;
}

/** The statement that does a stream from its first row to its last. */
export function streamCall({ prefix, streamStem }: CPackageModel, { description }: StreamText, index: number): string {
  return c`
    ${wrapWords(`${description} */`, '/* ', ' * ', 4)}
    ${prefix}_${streamStem}_${index}(bytes);
  `;
}

function functionText(model: CPackageModel, text: StreamText, index: number): string {
  const m = model.prefix;
  const { stream, stores, actions, feed } = text;
  const element = actions.length > 256 ? 'uint16_t' : 'uint8_t';
  const name = `${m}_${model.streamStem}_${index}`;
  const cases = casesOf(actions);
  const finds = actions.some(({ rows }) => !rows.endsWith(NO_ROWS));
  const banks = banksText(text, name);
  const source = c`
    /* The rows that ${name} keeps: place in the ${model.plan.banks.length > 1 ? 'memory' : 'arena'}, bytes of a row, rows, rows that leave at a time, first row, padding. */
    static const struct thimble_store ${name}_stores[${stores.length}] = {
        ${stores.map(({ text, name }, i) => `${text}, /* ${i}: ${commentText(JSON.stringify(name))} */`)}
    };

    ${banks.table}
    /* What it does, one row at a time. */
    static const ${element} ${name}_order[${stream.order.length}] = {
        ${table(stream.order)}
    };

    ${finds ? actionTable(name, actions) : ''}
    ${feed === null ? wholeHead(text, name, banks.places) : fedHead(text, name, banks.places)}
            ${finds ? wrapCode(findRows(name, banks.baseOf), 12) : ''}
            switch (${name}_order[i]) {
            ${cases.map(({ action, indices }, i) => {
              const isLast = i === cases.length - 1;
              return caseText(model, action, isLast ? ['default:'] : indices.map((index) => `case ${index}:`));
            })}
            }
        }
        ${feed === null ? '' : `*place = ${stream.order.length};`}
        ${feed === null ? '' : 'return 0;'}
    }
  `;
  return renamed(source, model.libraryPrefix);
}

function actionTable(name: string, actions: readonly ActionText[]): string {
  const table = c`
    /* The rows that each action reads and writes: store read, store written, stride, rows of padding before. */
    static const struct thimble_action ${name}_actions[${actions.length}] = {
        ${actions.map(({ rows }) => `${rows},`)}
    };
  `;
  return `${table}\n`;
}

/** Empties the stores, those side by side in the table and in one bank together. */
export function rowsBegin({ bases }: StreamText, stores: string): string[] {
  const starts = bases.flatMap((base, i) => (i === 0 || bases[i - 1] !== base ? [i] : []));
  return starts.map((start, i) => {
    const from = start === 0 ? `${stores}, rows` : `${stores} + ${start}, rows + ${start}`;
    return `thimble_rows_begin(${bases[start]}, ${from}, ${(starts[i + 1] ?? bases.length) - start});`;
  });
}

/** Where the bank of store `index` begins, as an expression. */
type BaseOf = (index: string) => string;

/** The table of the banks of the stores, the places of the banks, and how to find one; no tables for stores in one bank. */
function banksText({ bases }: StreamText, stream: string) {
  const banks = [...new Set(bases)];
  const [only = 'bytes', ...others] = banks;
  if (others.length === 0) return { table: '', places: '', baseOf: () => only };
  const indices = bases.map((base) => banks.indexOf(base));
  return {
    table: `/* Which of its memories each of them is in. */\nstatic const uint8_t ${stream}_banks[${bases.length}] = {${indices.join(', ')}};\n`,
    places: `unsigned char *const banks[${banks.length}] = {${banks.join(', ')}};`,
    baseOf: (index: string) => `banks[${stream}_banks[${index}]]`,
  };
}

/** A function that does all of a stream, until `i` is the place in the order. */
function wholeHead(text: StreamText, name: string, banks: string): string {
  const { description, stream, progress } = text;
  return c`
    /* ${description}. */
    static void ${name}(unsigned char *bytes)
    {
        const struct thimble_store *const store = ${name}_stores;
        struct thimble_rows *const rows = (struct thimble_rows *)(void *)(${progress.rows});
        ${banks}
        ${rowsBegin(text, 'store')}
        for (int32_t i = 0; i < ${stream.order.length}; i++) {
  `;
}

/** A function that goes on with a stream as far as one more row is enough, likewise. */
function fedHead({ description, stream, progress }: StreamText, name: string, banks: string): string {
  return c`
    ${wrapWords(`${description}, as far as the row \`fed\` is enough. Returns whether another one is wanted. */`, '/* ', ' * ')}
    static int ${name}(unsigned char *bytes, const unsigned char *fed)
    {
        const struct thimble_store *const store = ${name}_stores;
        struct thimble_rows *const rows = (struct thimble_rows *)(void *)(${progress.rows});
        uint32_t *const place = (uint32_t *)(void *)(${progress.place});
        ${banks}
        for (uint32_t i = *place; i < ${stream.order.length}; i++) {
  `;
}

/** Statements that find the rows of action `i` of the order, if it has any, and make room for the one it writes. */
function findRows(stream: string, baseOf: BaseOf): string {
  return c`
    const struct thimble_action *const action = &${stream}_actions[${stream}_order[i]];
    const unsigned char *from = bytes;
    unsigned char *to = bytes;
    if (action->stride != 0) {
        const int32_t row = action->stride * rows[action->to].next - action->top;
        from = thimble_rows_at(${baseOf('action->from')}, &store[action->from], &rows[action->from], row);
        to = thimble_rows_next(${baseOf('action->to')}, &store[action->to], &rows[action->to]);
    }
  `;
}

/** Actions that do the same, what is no layer, in one case. */
function casesOf(actions: readonly ActionText[]): { readonly action: ActionText; readonly indices: number[] }[] {
  const cases: { readonly action: ActionText; readonly indices: number[] }[] = [];
  actions.forEach((action, index) => {
    const same = cases.find(
      (one) => one.action.layer === null && action.layer === null && one.action.body === action.body,
    );
    if (same === undefined) cases.push({ action, indices: [index] });
    else same.indices.push(index);
  });
  return cases;
}

function caseText(
  { prefix }: CPackageModel,
  { layer, description, body }: ActionText,
  labels: readonly string[],
): string {
  const M = prefix.toUpperCase();
  return c`
    ${labels.slice(0, -1)}
    ${labels.at(-1) ?? ''} {
        ${wrapWords(`${description} */`, '/* ', ' * ', 12)}
        ${layer === null ? '' : `${M}_BEGIN(${layer});`}
        ${wrapCode(body, 12)}
        ${layer === null ? '' : `${M}_END(${layer});`}
        break;
    }
  `;
}

function table(numbers: readonly number[]): string[] {
  return Array.from(
    { length: Math.ceil(numbers.length / PER_LINE) },
    (_, line) => `${numbers.slice(line * PER_LINE, (line + 1) * PER_LINE).join(', ')},`,
  );
}
