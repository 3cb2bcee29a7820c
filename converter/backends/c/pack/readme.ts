import type { CMemoryUse } from '../memory-use.ts';
import type { COptions } from '../options.ts';
import { c } from '../quote.ts';
import { sharingText } from './files.ts';
import type { CPackModel } from './model.ts';

/** `README.md`: how the models are used together, and what they take. */
export function packReadme(pack: CPackModel, options: COptions, memory: CMemoryUse): string {
  const { shared, members, joint, added } = pack;
  const p = shared.prefix;
  const P = p.toUpperCase();
  const rows = members.map(({ model }, i) => {
    const { functions = 0, tableBytes = 0 } = added[i] ?? {};
    return `| ${model.prefix} | ${joint.keptBytes[i] ?? 0} | ${model.sram.stackBytes} | ${functions} | ${tableBytes} |`;
  });
  return c`
    # ${p}

    ${members.length} models in one arena: ${members.map(({ model }) => `"${model.program.name}"`).join(', ')}. Made by
    \`${options.commandLine}\` (thimble ${options.toolVersion}).

    \`\`\`c
    #include "${p}.h"

    static double arena[(${P}_ARENA_BYTES + 7) / 8]; /* doubles align it */
    \`\`\`

    ${sharingText(pack)} Each model has its own header, \`include/<model>.h\`, with functions
    of its own prefix; layer functions, tables and support code are those of the pack, each once.

    | model | bytes of the arena that others leave alone | stack, at most | layer functions that no model before has | tables likewise, bytes |
    |---|--:|--:|--:|--:|
    ${rows}

    | memory | bytes |
    |---|--:|
    | arena | ${memory.arenaBytes} |
    | variables | ${memory.staticBytes} |
    | stack, at most | ${memory.stackBoundBytes} |
    | **SRAM in all** | **${memory.sramBytes}** |
    | weights and tables (flash) | ${memory.constantBytes} |

    ## Build and check

    \`cmake -S . -B build && cmake --build build && ctest --test-dir build\` builds the library and runs the self test
    (\`test/${p}_selftest.c\`, \`int ${p}_selftest(void)\`), which has golden vectors of every model in the one arena.

    Generated code: 0BSD, see LICENSE. The weights derive from your models and stay under their terms.
  `;
}
