import { createHash } from 'node:crypto';
import { toBytes } from '../../tensor/dtype.ts';
import { intLiteral, literalsOf, wrappedLines } from './literal.ts';
import { renamed } from './support.ts';
import type { CTable, NumberTable } from './table.ts';

/** A table with its name in the package. */
export interface NamedTable {
  readonly name: string;
  readonly table: CTable;
}

/** Gives names to tables; tables of equal type and content get one. */
export class TablePool {
  readonly #prefix: string;
  readonly #named = new Map<string, NamedTable>();

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /**
   * The name of `table`; a new one is `<prefix>_<stem>_<layer>`, the layer that asked first. Constants in the place of an input are
   * `<prefix>_input_data_<layer>`: `<prefix>_input_0` is the function that gives the model's input 0.
   */
  nameOf(table: CTable, layer: number): string {
    const key = keyOf(table);
    const known = this.#named.get(key);
    if (known !== undefined) return known.name;
    const taken = new Set([...this.#named.values()].map(({ name }) => name));
    const stem = table.stem === 'input' || table.stem === 'output' ? `${table.stem}_data` : table.stem;
    const base = `${this.#prefix}_${stem}_${layer}`;
    const name = [base, ...Array.from({ length: 26 }, (_, i) => base + String.fromCharCode(97 + i))].find(
      (candidate) => !taken.has(candidate),
    );
    if (name === undefined) throw new RangeError(`too many tables "${table.stem}" in layer ${layer}`);
    this.#named.set(key, { name, table });
    return name;
  }

  all(): readonly NamedTable[] {
    return [...this.#named.values()];
  }
}

/** Equal for tables of equal type and content: elements are equal where their bits are. */
function keyOf(table: CTable): string {
  if (table.kind === 'channels') return `channels ${table.rows.map((r) => `${r.bias} ${r.multiplier} ${r.shift}`)}`;
  const helium = table.helium === undefined ? '' : ` ${table.helium.processors} ${digest(table.helium.data)}`;
  const wide = table.wide === undefined ? '' : ` wide ${digest(table.wide)}`;
  return `${table.element} ${table.words === true ? 'words ' : ''}${digest(table.data)}${helium}${wide}`;
}

/** Elements are equal where their bits are; whole numbers are, in whatever array they come. */
function digest(data: NumberTable['data']): string {
  const hash = createHash('sha256');
  if (data instanceof Float32Array || data instanceof Float64Array) return hash.update(toBytes(data)).digest('hex');
  for (let start = 0; start < data.length; start += elementsPerPart) {
    hash.update(`${data.slice(start, start + elementsPerPart)},`);
  }
  return hash.digest('hex');
}

/** `const int8_t m_weights_0[64]` */
function tableDeclaration({ name, table }: NamedTable, prefix: string): string {
  const [element, count] =
    table.kind === 'channels'
      ? [`struct ${prefix}_channel`, table.rows.length]
      : [table.element, Math.max(1, table.data.length)];
  const words = table.kind === 'numbers' && table.words === true ? ` ${prefix.toUpperCase()}_WORDS` : '';
  return `const ${element} ${name}[${count}]${words}`;
}

/** The declaration after `extern`, of each form where processors have different ones. */
export function externDeclaration(named: NamedTable, prefix: string): string {
  const other = otherForm(named);
  const plain = `extern ${tableDeclaration(named, prefix)};`;
  if (other === null) return plain;
  const { condition, named: instead } = other;
  return [
    `#if ${renamed(condition, prefix)}`,
    `extern ${tableDeclaration(instead, prefix)};`,
    '#else',
    plain,
    '#endif',
  ].join('\n');
}

/** The table for processors with Helium, or for those with DSP alone, if that is another one. */
function otherForm({ name, table }: NamedTable): { condition: string; named: NamedTable } | null {
  if (table.kind === 'channels') return null;
  const { stem, helium, wide } = table;
  if (helium !== undefined) {
    const { data, processors } = helium;
    return {
      condition: processors,
      named: { name, table: { kind: 'numbers', stem, element: 'int8_t', data, words: true } },
    };
  }
  if (wide === undefined) return null;
  return {
    condition: 'THIMBLE_DSP && !THIMBLE_HELIUM',
    named: { name, table: { kind: 'numbers', stem, element: 'int16_t', data: wide, words: true } },
  };
}

/** The definition of a table, in pieces: the text of weights is several times as long as they are. */
export function* tableDefinition(named: NamedTable, prefix: string): Generator<string> {
  const other = otherForm(named);
  if (other === null) {
    yield* definition(named, prefix);
    return;
  }
  yield `#if ${renamed(other.condition, prefix)}\n`;
  yield* definition(other.named, prefix);
  yield '\n#else\n';
  yield* definition(named, prefix);
  yield '\n#endif';
}

function* definition(named: NamedTable, prefix: string): Generator<string> {
  yield `${tableDeclaration(named, prefix)} = {\n`;
  let lines: string[] = [];
  for (const line of tableRows(named.table)) {
    lines.push(line);
    if (lines.length < linesPerPiece) continue;
    yield `${lines.join('\n')}\n`;
    lines = [];
  }
  yield `${[...lines, '};'].join('\n')}`;
}

/** Long tables are written and compared by parts. */
const elementsPerPart = 65536;
const linesPerPiece = 4096;

function tableRows(table: CTable): Iterable<string> {
  if (table.kind === 'channels') {
    return table.rows.map((row) => `    {${[row.bias, row.multiplier, row.shift].map(intLiteral).join(', ')}},`);
  }
  return wrappedLines(table.data.length === 0 ? ['0'] : literals(table), '    ');
}

/** The elements as C text, a part of them at a time. */
function* literals({ data, element }: NumberTable): Generator<string> {
  for (let start = 0; start < data.length; start += elementsPerPart) {
    yield* literalsOf(data.slice(start, start + elementsPerPart), element === 'float');
  }
}
