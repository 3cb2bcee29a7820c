import { describe, expect, test } from 'vitest';
import { frameBytes } from '../../../../converter/backends/c/stack/frames.ts';
import { findChannelGroups } from '../../../../converter/compress/prune/groups/find.ts';
import { nestWidths } from '../../../../converter/compress/prune/nested/widths.ts';
import { packageOptions } from '../../../../converter/package-options.ts';
import { convertNestedToC, importModel, optimizeGraph } from '../../../../converter/pipeline.ts';
import { build, readBytes, withWorkspace, writeFiles } from '../../../../targets/harness/workspace.ts';
import { stackBoundOf } from '../../../../targets/stack/bound.ts';
import { disassemble } from '../../../../targets/stack/disassembly.ts';
import { hasShared, readShared } from '../../../support/shared.ts';
import { needTool } from '../../../support/tools.ts';

/** The frame of layers of several widths, against machine code. */

const compiler = needTool('arm-none-eabi-gcc', 'arm-none-eabi-newlib', 'arm-none-eabi-objdump');

const targets = [
  ['-O2', '-mcpu=cortex-m4', '-mfpu=fpv4-sp-d16', '-mfloat-abi=hard'],
  ['-O2', '-mcpu=cortex-m3', '-mfloat-abi=soft'],
] as const;

describe.skipIf(!hasShared || !compiler.available)('layers of several widths', () => {
  test.each(['single', 'float'] as const)('have the frame that is foretold, rounding %s', async (rounding) => {
    const path = 'mlperf_kws_int8.tflite';
    const { graph } = optimizeGraph(importModel(readShared(`models/tflite/${path}`), path));
    const model = nestWidths({ ...graph, rounding }, findChannelGroups(graph), new Map(), [0.5], 4);
    const { files } = convertNestedToC(model, packageOptions('m'));
    const source = new TextDecoder().decode(files.find(({ path: file }) => file === 'src/m_layers.c')?.bytes);
    const names = [...source.matchAll(/^void (m_nested_convolution_\d+)\(/gm)].map(([, name = '']) => name);
    expect(names.length).toBeGreaterThan(0);
    await withWorkspace(async (workspace) => {
      writeFiles(
        workspace,
        files.map(({ path: file, bytes }) => ({ path: file, contents: bytes })),
      );
      for (const flags of targets) {
        const sources = ['src/m_layers.c', 'src/m_weights.c', '-Iinclude', '-Isrc', '-o', 'layers.elf'];
        const libraries = ['-nostartfiles', '-specs=nano.specs', '-Wl,-e,0', '-lm'];
        const args = ['-mthumb', ...flags, '-std=c99', '-w', ...sources, ...libraries];
        await build(workspace, { tool: 'arm-none-eabi-gcc', args, where: 'layers of several widths' });
        const code = await disassemble(readBytes(workspace, 'layers.elf'));
        const foretold = frameBytes({ headers: ['nested.h'], body: '' });
        for (const name of names) {
          const bound = stackBoundOf(code, name);
          const bytes = 'unbounded' in bound ? Number.NaN : bound.bytes;
          expect(bytes, `${name} ${flags.join(' ')}`).toBeLessThanOrEqual(foretold - 12);
          expect(bytes, `${name} ${flags.join(' ')}`).toBeGreaterThan(foretold - 80);
        }
      }
    });
  });
});
