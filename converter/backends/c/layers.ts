import type { CArgument, CLayer, SupportHeader, SystemHeader } from './kernel.ts';
import { type LayerSram, layerSram } from './stack/bound.ts';
import { renamed } from './support.ts';
import { TablePool } from './tables.ts';
import { wrapCode } from './wrap.ts';

/** A C function that one or more layers call. */
export interface LayerFunction {
  readonly name: string;
  readonly signature: string;
  readonly body: string;
  /** Layers that call it, as comment lines. */
  readonly users: readonly string[];
}

/** The layer functions of a package and their tables: equal ones are emitted once. */
export class LayerPool {
  readonly tables: TablePool;
  readonly headers = new Set<SupportHeader>();
  readonly systemHeaders = new Set<SystemHeader>();
  /** What each call takes of the stack, in the order of the calls. */
  readonly sram: (LayerSram & { readonly index: number })[] = [];
  /** Beginning of the names of functions, tables and support code. */
  readonly prefix: string;
  readonly #functions = new Map<string, LayerFunction & { readonly users: string[] }>();

  constructor(prefix: string) {
    this.prefix = prefix;
    this.tables = new TablePool(prefix);
  }

  /**
   * The call of a layer, `name(arguments);`.
   *
   * @param index of the layer, for names
   * @param place the address, or number, of an argument that is no table
   */
  call(layer: CLayer, index: number, description: string, place: (argument: CArgument) => string): string {
    for (const header of layer.headers) {
      if (header === 'math.h' || header === 'float.h') this.systemHeaders.add(header);
      else this.headers.add(header);
    }
    this.sram.push({ index, ...layerSram(layer) });
    const key = `${layer.stem}(${layer.parameters.map((p) => p.declaration).join()})${layer.body}`;
    const known = this.#functions.get(key);
    const { name } = known ?? this.#add(key, layer, index);
    this.#functions.get(key)?.users.push(description);
    const args = layer.parameters.map(({ argument, declaration }) => {
      if (argument.kind === 'table') return this.tables.nameOf(argument.table, index);
      return argument.kind === 'row' ? place(argument) : typed(place(argument), declaration);
    });
    return `${name}(${args.join(', ')});`;
  }

  functions(): readonly LayerFunction[] {
    return [...this.#functions.values()];
  }

  #add(key: string, { stem, parameters, body }: CLayer, index: number): LayerFunction {
    const base = `${this.prefix}_${stem}_${index}`;
    // Programs that share a pool have layers of equal numbers.
    const taken = new Set([...this.#functions.values()].map((known) => known.name));
    let name = base;
    for (let more = 2; taken.has(name); more++) name = `${base}_${more}`;
    const list = parameters.map(({ declaration }) => renamed(declaration, this.prefix)).join(', ');
    const text = wrapCode(renamed(body, this.prefix), 4);
    const added = { name, signature: `void ${name}(${list})`, body: text, users: [] };
    this.#functions.set(key, added);
    return added;
  }
}

/** `(const int8_t *)(const void *)(bytes + 64)`; through `void *`, since the plan has aligned it. */
function typed(address: string, declaration: string): string {
  const type = declaration.replace(/\w+$/, '').trim();
  return `(${type})${type.startsWith('const') ? '(const void *)' : '(void *)'}(${address})`;
}
