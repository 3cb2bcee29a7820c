import { intLiteral, literalsOf, wrapItems } from './literal.ts';
import { c } from './quote.ts';
import type { CTable } from './table.ts';

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

function keyOf(table: CTable): string {
  if (table.kind === 'channels') return `channels ${table.rows.map((r) => `${r.bias} ${r.multiplier} ${r.shift}`)}`;
  return `${table.element} ${table.words === true ? 'words ' : ''}${table.data instanceof Float32Array ? new Uint32Array(table.data.slice().buffer) : table.data}`;
}

/** `const int8_t m_weights_0[64]` */
export function tableDeclaration({ name, table }: NamedTable, prefix: string): string {
  const [element, count] =
    table.kind === 'channels'
      ? [`struct ${prefix}_channel`, table.rows.length]
      : [table.element, Math.max(1, table.data.length)];
  const words = table.kind === 'numbers' && table.words === true ? ` ${prefix.toUpperCase()}_WORDS` : '';
  return `const ${element} ${name}[${count}]${words}`;
}

/** The definition of a table. */
export function tableDefinition(named: NamedTable, prefix: string): string {
  return c`
    ${tableDeclaration(named, prefix)} = {
    ${tableRows(named.table)}
    };
  `;
}

function tableRows(table: CTable): string {
  if (table.kind === 'channels') {
    return table.rows
      .map((row) => `    {${[row.bias, row.multiplier, row.shift].map(intLiteral).join(', ')}},`)
      .join('\n');
  }
  const items = literalsOf(table.data, table.element === 'float');
  return wrapItems(items.length === 0 ? ['0'] : items, '    ');
}
