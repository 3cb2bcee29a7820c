import { importedFunctions, type WasmModule } from './module.ts';

/** The `$` names of a listing: unique within their index space and made of characters that the text format allows. */
export interface ModuleIdentifiers {
  readonly functions: readonly string[];
  readonly globals: readonly string[];
  readonly data: readonly string[];
}

/** Identifiers for everything of a module that has an index. */
export function moduleIdentifiers(module: WasmModule): ModuleIdentifiers {
  return {
    functions: identifiers([...importedFunctions(module), ...module.functions]),
    globals: identifiers(module.globals),
    data: identifiers(module.data),
  };
}

/** `$name` of each item; a repeated name gets its index behind it. */
export function identifiers(items: readonly { readonly name: string }[]): string[] {
  const taken = new Set<string>();
  return items.map(({ name }, index) => {
    let id = `$${name.replace(/[^\w!#$%&'*+\-./:<=>?@\\^`|~]/g, '_')}`;
    while (taken.has(id)) id += `_${index}`;
    taken.add(id);
    return id;
  });
}
