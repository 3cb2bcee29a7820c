import type { MemoryPlan } from '../../../plan/plan.ts';
import { int4Of, type Program } from '../../../plan/program.ts';
import type { Problem } from '../../../problem.ts';
import { type Artifact, textArtifact } from '../../artifact.ts';
import { tableBytes } from '../table.ts';
import type { NamedTable } from '../tables.ts';

/**
 * A package for AVR, which reads constants in flash by other instructions than variables. GCC's named address space `__memx` has pointers
 * of 24 bits that know both (GCC manual, "Named Address Spaces", AVR): tables lie there, and whatever a layer reads through a pointer to
 * const may be a table or an activation. Only texts change, so that nothing of it is in packages for other processors.
 */

/** Operators whose text was read for integers of 16 bits and whose results were compared on an emulated ATmega. */
const known: ReadonlySet<string> = new Set([
  ...(['fully-connected', 'conv-2d', 'depthwise-conv-2d', 'pool-2d', 'softmax', 'map', 'zip', 'concat'] as const),
  ...(['reduce', 'arg-reduce', 'cast', 'quantize', 'dequantize'] as const),
]);

/** GCC for AVR has no larger object. */
const largestTable = 32_767;

/** Why a program cannot be a package for AVR: all reasons at once. */
export function avrProblems(program: Program, plan: MemoryPlan, tables: readonly NamedTable[]): readonly Problem[] {
  const problems: Problem[] = [];
  for (const step of program.steps) {
    const { name: where, op, inputs } = step;
    if (!known.has(op.type)) {
      const what = `${op.type} is not supported on AVR`;
      problems.push({ code: 'avr-unsupported', where, what, advice: `supported are ${[...known].join(', ')}` });
    }
    const wide = inputs.find(({ type }) => type.dtype === 'int16');
    if (int4Of(step) !== null) {
      const what = 'weights of 4 bits are not supported on AVR';
      problems.push({ code: 'avr-unsupported', where, what, advice: 'quantize weights to 8 bits' });
    }
    if (wide !== undefined) {
      const advice = 'quantize to int8 (--quantize int8)';
      problems.push({ code: 'avr-unsupported', where, what: 'int16 activations are not supported on AVR', advice });
    }
  }
  if (plan.banks.length > 1) {
    const what = 'a plan for several memories is not supported on AVR';
    problems.push({ code: 'avr-unsupported', where: program.name, what, advice: 'leave out --target' });
  }
  for (const { name, table } of tables) {
    const bytes = tableBytes(table);
    if (bytes <= largestTable) continue;
    const what = `the table has ${bytes} bytes, GCC for AVR takes ${largestTable}`;
    problems.push({ code: 'avr-table', where: name, what, advice: 'use a smaller layer, or another processor' });
  }
  return problems;
}

const decoder = new TextDecoder();

/** The C files of a package whose tables lie in the flash of an AVR. */
export function avrFiles(files: readonly Artifact[], prefix: string): readonly Artifact[] {
  return files.map((file) => {
    const change = changeOf(file.path, prefix);
    return change === null ? file : textArtifact(file.path, change(decoder.decode(file.bytes)));
  });
}

function changeOf(path: string, m: string): ((text: string) => string) | null {
  if (path === `test/${m}_selftest.c`) return selftestText;
  if (path === `src/${m}.c`) return (text) => begun(refused(structsInFlash(text)));
  if (!/^src\/.*\.[ch]$/.test(path)) return null;
  if (path.endsWith('.c')) return (text) => begun(renamed(inFlash(text), m));
  const always = path === `src/${m}_layers.h`;
  return (text) => (always || text.includes('memcpy(') ? withCopy(inFlash(text), m) : inFlash(text));
}

const pointerToConst = /\bconst ((?:struct )?\w+ \*)/g;
const table = /^((?:extern |static )?)const ((?:struct )?\w+ \w+\[)/gm;

/** Tables, and all pointers to const, which are those of layers. */
function inFlash(text: string): string {
  return text.replace(pointerToConst, 'const __memx $1').replace(table, '$1const __memx $2');
}

/** The same of structures, and of tables of the file's own: what else is const in the program's file is the caller's. */
function structsInFlash(text: string): string {
  return text
    .replace(/\bconst (struct \w+ \*)/g, 'const __memx $1')
    .replace(/^static const ((?:struct )?\w+ \w+\[)/gm, 'static const __memx $1');
}

/**
 * GCC 5.4 loses loads through `__memx` that are arguments of its own library functions, as those of float arithmetic are, when it replaces
 * temporaries by what they stand for (-ftree-ter), and others at -O2. The package says itself how it is compiled.
 */
function begun(text: string): string {
  const pragma = `/* GCC loses reads of flash with other optimizations. */\n#pragma GCC optimize ("Os", "no-tree-ter")\n\n`;
  return text.replace(/^#(?:include|ifndef) /m, (first) => `${pragma}${first}`);
}

function refused(text: string): string {
  const check = `#ifndef __AVR__\n#error "narrowed to avr: compile for it, or convert without --cpu"\n#endif\n\n`;
  return text.replace(/^#include /m, `${check}#include `);
}

function renamed(text: string, m: string): string {
  return text.replaceAll('memcpy(', `${m}_copy(`);
}

/** A header with a copy from either memory, behind its includes; the library's function knows SRAM only. */
function withCopy(text: string, m: string): string {
  const M = m.toUpperCase();
  const copy = `#ifndef ${M}_COPY
#define ${M}_COPY
/* memcpy from flash or SRAM. */
static inline void ${m}_copy(void *to, const __memx void *from, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        ((unsigned char *)to)[i] = ((const __memx unsigned char *)from)[i];
    }
}
#endif
`;
  const own = renamed(text, m);
  const end = own.indexOf('\n', own.lastIndexOf('\n#include ') + 1) + 1;
  return `${own.slice(0, end)}#include <stddef.h>\n\n${copy}${own.slice(end)}`;
}

/** Golden vectors in flash, read by the functions that avr-libc has for that. */
function selftestText(text: string): string {
  return text
    .replace('#include <string.h>', '#include <avr/pgmspace.h>\n#include <string.h>')
    .replace(/^(static const \w+ (?:in|out)put_\d+_\d+\[\d+\]) =/gm, '$1 PROGMEM =')
    .replaceAll('memcpy(', 'memcpy_P(')
    .replaceAll('memcmp(', 'memcmp_P(')
    .replace(/\bb\[i\]/g, 'pgm_read_float(&b[i])');
}
