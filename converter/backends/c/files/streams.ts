import { commentText } from '../literal.ts';
import type { CPackageModel } from '../package.ts';
import { c } from '../quote.ts';
import type { ActionText, StreamText } from '../stream/stream-text.ts';
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
export function streamCall({ prefix }: CPackageModel, { description }: StreamText, index: number): string {
  return c`
    ${wrapWords(`${description} */`, '/* ', ' * ', 4)}
    ${prefix}_stream_${index}(bytes);
  `;
}

function functionText(model: CPackageModel, text: StreamText, index: number): string {
  const m = model.prefix;
  const { stream, stores, actions, progress } = text;
  const element = actions.length > 256 ? 'uint16_t' : 'uint8_t';
  const name = `${m}_stream_${index}`;
  const source = c`
    /* The rows that ${name} keeps: place in the ${model.plan.banks.length > 1 ? 'memory' : 'arena'}, bytes of a row, rows, rows that leave at a time, first row, padding. */
    static const struct thimble_store ${name}_stores[${stores.length}] = {
        ${stores.map(({ text, name }, i) => `${text}, /* ${i}: ${commentText(JSON.stringify(name))} */`)}
    };

    /* What it does, one row at a time. */
    static const ${element} ${name}_order[${stream.order.length}] = {
        ${table(stream.order)}
    };

    /* ${text.description}. */
    static void ${name}(unsigned char *bytes)
    {
        const struct thimble_store *const store = ${name}_stores;
        struct thimble_rows *const rows = (struct thimble_rows *)(void *)(${progress});
        ${isArenaUsed(text) ? '' : '(void)bytes;'}
        ${beginText(text)}
        for (int32_t i = 0; i < ${stream.order.length}; i++) {
            switch (${name}_order[i]) {
            ${actions.map((action, i) => caseText(model, action, i === actions.length - 1 ? 'default' : `case ${i}`))}
            }
        }
    }
  `;
  return renamed(source, m);
}

/** Whether a stream has anything in the arena. */
function isArenaUsed({ bases, progress, actions }: StreamText): boolean {
  return [...bases, progress, ...actions.map(({ body }) => body)].some((text) => /(?<!\.)\bbytes\b/.test(text));
}

/** Empties the stores, those side by side in the table and in one bank together. */
function beginText({ bases }: StreamText): string[] {
  const starts = bases.flatMap((base, i) => (i === 0 || bases[i - 1] !== base ? [i] : []));
  return starts.map((start, i) => {
    const from = start === 0 ? 'store, rows' : `store + ${start}, rows + ${start}`;
    return `thimble_rows_begin(${bases[start]}, ${from}, ${(starts[i + 1] ?? bases.length) - start});`;
  });
}

function caseText({ prefix }: CPackageModel, { layer, description, body }: ActionText, label: string): string {
  const M = prefix.toUpperCase();
  return c`
    ${label}: {
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
