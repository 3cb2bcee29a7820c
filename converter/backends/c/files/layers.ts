import type { LayerFunction } from '../layers.ts';
import type { COptions } from '../options.ts';
import type { CPackageModel } from '../package.ts';
import { c } from '../quote.ts';
import type { CTable } from '../table.ts';
import { externDeclaration, tableDefinition } from '../tables.ts';
import { wrapCall, wrapWords } from '../wrap.ts';
import { fileHead } from './head.ts';

/** `src/<m>_layers.h`: what the sources of the package share. */
export function layersHeader(model: CPackageModel, options: COptions): string {
  const m = model.prefix;
  const M = m.toUpperCase();
  return c`
    ${fileHead(model, options, 'Layer functions and tables, inside the package only.')}
    #ifndef ${M}_LAYERS_H
    #define ${M}_LAYERS_H

    ${model.headers.map((header) => `#include "${m}_${header}"`)}
    ${model.systemHeaders.map((header) => `#include <${header}>`)}
    #include <stdint.h>
    #include <string.h>

    #ifdef __cplusplus
    extern "C" {
    #endif

    ${model.tables.map((table) => externDeclaration(table, m))}

    ${model.functions.map(({ signature }) => `${wrapCall(signature, 1)};`)}

    #ifdef __cplusplus
    }
    #endif

    #endif
  `;
}

/** `src/<m>_layers.c`: the layer functions. */
export function layersSource(model: CPackageModel, options: COptions): string {
  return c`
    ${fileHead(model, options, 'The layers, each specialised to its shapes; layers of equal code share a function.')}
    #include "${model.prefix}_layers.h"

    ${model.functions.map(functionText).join('\n\n')}
  `;
}

function functionText({ users, signature, body }: LayerFunction): string {
  const text = c`
    /*
     ${users.map((user) => wrapWords(user, '* ', '*   ', 1))}
     */
    ${wrapCall(signature, 0)}
    {
        ${body}
    }
  `;
  return text.replace(/^ +#/gm, '#');
}

/** Whether an element is written as a macro of math.h: infinity or NaN. */
function needsMacros(table: CTable): boolean {
  if (table.kind === 'channels' || !(table.data instanceof Float32Array || table.data instanceof Float64Array))
    return false;
  return table.data.some((value: number) => !Number.isFinite(value));
}

/** `src/<m>_weights.c`: the tables. In pieces, as it is far longer than all other files. */
export function* weightsSource(model: CPackageModel, options: COptions): Generator<string> {
  yield c`
    ${fileHead(model, options, 'Weights and other tables, in the order in which the layers read them.')}
    #include "${model.prefix}_layers.h"
    ${model.tables.some(({ table }) => needsMacros(table)) ? '\n#include <math.h>' : ''}
  `;
  for (const table of model.tables) {
    yield '\n\n';
    yield* tableDefinition(table, model.prefix);
  }
  yield '\n';
}
