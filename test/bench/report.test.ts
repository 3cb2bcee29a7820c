import { describe, expect, it } from 'vitest';
import { accuracyReport } from '../../bench/accuracy/report.ts';
import { readAnchors } from '../../bench/anchors.ts';
import { limitsOf, type McuMeasured } from '../../bench/mcu/figures.ts';
import { operatorNumber } from '../../bench/mcu/measure.ts';
import { mcuReport } from '../../bench/mcu/report.ts';
import { BenchUsageError, isWanted, parseOptions, sections } from '../../bench/options.ts';
import { root } from '../../bench/places.ts';
import type { ProcessorFigure } from '../../bench/processors/measure.ts';
import { processorsReport } from '../../bench/processors/report.ts';
import { block, mark } from '../../bench/report.ts';
import { engineFigures } from '../../bench/wasm/figures.ts';
import { wasmReport } from '../../bench/wasm/report.ts';
import { qemuCpus } from '../../targets/qemu/machines.ts';

const anchors = readAnchors(root);
const kws = anchors.mcu.models.kws ?? null;

const measured: McuMeasured = {
  ...{ instructions: 8_000_000, counter: 'plugin', macs: 2_656_768, macsLeft: 2_656_768, isExact: true },
  layers: [
    { name: 'CONV_2D #0 "a"', instructions: 1_000_000, macs: 320_000, cmsisNn: 1_111_399, reference: 14_854_246 },
  ],
  ...{ arenaBytes: 16_000, lowerBoundBytes: 16_000, staticBytes: 0, stackBytes: 200, sramBytes: 16_200 },
  ...{ codeFlashBytes: 5_000, weightFlashBytes: 30_000, codeStackBytes: 200 },
  predicted: {
    ...{ arenaBytes: 16_000, stateBytes: 0, staticBytes: 0, stackBoundBytes: 456, stackLayer: 'a', sramBytes: 16_456 },
    constantBytes: 30_000,
  },
};

describe('limits', () => {
  it('hold at the bound and not above it', () => {
    const holds = (change: Partial<McuMeasured>) => {
      return Object.fromEntries(limitsOf('kws', { ...measured, ...change }, kws).map((one) => [one.name, one.holds]));
    };
    expect(holds({})).toEqual({
      ...{ instructions: true, sram: true, 'code flash': true },
      ...{ 'static memory off by': true, 'stack above its bound by': true, 'stack bound': true },
    });
    expect(holds({ instructions: 16_213_057 }).instructions).toBe(true);
    expect(holds({ instructions: 16_213_058 }).instructions).toBe(false);
    expect(holds({ staticBytes: 1 }).sram).toBe(false);
    expect(holds({ codeFlashBytes: 16_000 })['code flash']).toBe(false);
    expect(holds({ arenaBytes: 15_999 })['static memory off by']).toBe(false);
    expect(holds({ stackBytes: 456 })['stack above its bound by']).toBe(true);
    expect(holds({ stackBytes: 457 })['stack above its bound by']).toBe(false);
    expect(holds({ stackBytes: 199 })['stack bound']).toBe(false);
  });

  it('exist only where there is something to compare with', () => {
    const names = limitsOf('digits', measured, null).map(({ name }) => name);
    expect(names).toEqual(['static memory off by', 'stack above its bound by', 'stack bound']);
  });
});

describe('tables', () => {
  it('align figures and ratios to the right and show what is missing', () => {
    const text = block(
      'Title',
      ['model', 'n', 'ratio'],
      [
        ['kws', 1234, '0.50x'],
        ['a-long-name', 5, null],
      ],
    );
    expect(text.split('\n')).toEqual([
      'Title',
      '  model            n  ratio',
      '  kws          1,234  0.50x',
      '  a-long-name      5      -',
    ]);
  });

  it('mark bounds loudly where they do not hold', () => {
    expect([mark(true), mark(false), mark(null)]).toEqual(['yes', 'NO', null]);
  });

  it('show a microcontroller model beside its anchors, and why another was skipped', () => {
    const path = 'models/kws.tflite';
    const text = mcuReport([
      { id: 'kws', path, measured, anchor: kws, limits: limitsOf('kws', measured, kws) },
      { id: 'vww', path, skipped: 'no emulator' },
    ]);
    expect(text).toMatch(
      /kws +2,656,768 +2,656,768 +8,000,000 +3\.01 +7,844,783 +1\.02x +48,639,171 +0\.16x +16,213,057 +yes +yes/,
    );
    expect(text).toMatch(/kws +16,000 +16,000 +0 +200 +16,200 +16,000 +yes +24,464 +0\.66x/);
    expect(text).toMatch(/CONV_2D #0 "a" +320,000 +1,000,000 +3\.13 +1,111,399 +0\.90x +14,854,246 +0\.07x/);
    expect(text).toContain('vww: not measured, no emulator');
  });

  it('show each processor beside its anchors and aims, and the layers of all of them', () => {
    const rest = { counter: 'plugin', stackBytes: 200, codeFlashBytes: 5_000, isExact: true } as const;
    const figure: ProcessorFigure = {
      ...{ id: 'kws', path: 'models/kws.tflite', macs: 2_656_768, skipped: ['cortex-m0: too small'] },
      layers: [
        { name: 'CONV_2D #0 "a"', macs: 320_000 },
        { name: 'SOFTMAX #1 "b"', macs: 0 },
      ],
      runs: [
        { cpu: 'cortex-m55', instructions: 1_000_000, layers: [640_000, 77], ...rest },
        { cpu: 'rv32imc', instructions: 12_000_000, layers: [960_000, 88], ...rest },
      ],
    };
    const text = processorsReport([figure], ['cortex-m0', 'cortex-m55', 'rv32imc'], anchors.mcu);
    expect(text).not.toContain('cortex-m0 (');
    expect(text).toMatch(
      /kws +2,656,768 +1,000,000 +0\.38 +1,784,774 +0\.56x +1,734,725 +49,010,419 +1,100,000 +0\.91x +yes +5,000 +200 +yes/,
    );
    expect(text).toMatch(/kws +2,656,768 +12,000,000 +4\.52 +- +- +- +- +11,000,000 +1\.09x +NO +5,000 +200 +yes/);
    expect(text).toMatch(
      /layer +MACs +cortex-m55 +rv32imc\n +CONV_2D #0 "a" +320,000 +2\.00 +3\.00\n +SOFTMAX #1 "b" +- +77 +88/,
    );
    expect(text).toContain('kws: not counted, cortex-m0: too small');
  });

  it('show accuracy with the top five and the mark', () => {
    const anchor = { id: 'mobilenet-v2', right: 23, of: 25, top5: 25 };
    const base = { id: 'mobilenet-v2', rounding: 'default', anchor, of: 25, command: 'thimble run' } as const;
    expect(accuracyReport([{ ...base, right: 23, top5: 25 }], 'wasm')).toMatch(/23 \(25\) \/ 25 +23 \(25\) \/ 25 +yes/);
    expect(accuracyReport([{ ...base, right: 23, top5: 24 }], 'wasm')).toMatch(/23 \(24\) \/ 25 +23 \(25\) \/ 25 +NO/);
  });

  it('show latency as ratios of medians, and each reason once', () => {
    const samplesMs = { thimble: [1, 1, 9], litertjs: [2, 2, 2], 'onnxruntime-web': [4, 4, 4] };
    const outputs = { thimble: [1, 2], litertjs: [1, 4], 'onnxruntime-web': [0, 0] };
    const engines = engineFigures({ samplesMs, outputs, failures: {} });
    expect(engines.litertjs?.oursToIt).toBe(0.5);
    expect(engines.litertjs?.outputDifference).toBe(2);
    expect(engines['onnxruntime-web']?.outputDifference).toBeNull();
    const latency = [
      { host: 'node20', hostVersion: 'Node 20', engines, failures: { 'tfjs-tflite': 'pages only' } } as const,
    ];
    const method = { rounds: 3, warmUpMs: 1, warmUpRuns: 1, samplesPerRound: 1, batchMs: 1 };
    const models = [{ id: 'kws-int8', bundle: null, bundleFailure: null, latency }];
    const text = wasmReport({ models, absent: { chromium: 'not installed' }, method }, anchors.wasm);
    expect(text).toMatch(/kws-int8 +0\.25x +0\.50x +- +- +0\.50x +2\.00x +5\.45x/);
    expect(text).toContain('tfjs-tflite: pages only (kws-int8; Node 20)');
    expect(text).toContain('chromium: not installed');
  });
});

describe('operators of the file', () => {
  it('are found by their number in the names of layers', () => {
    expect(operatorNumber('CONV_2D #13 "block/#2"')).toBe(13);
    expect(operatorNumber('input input')).toBeNull();
  });
});

describe('options', () => {
  it('default to everything', () => {
    const options = parseOptions([]);
    expect(options.only).toEqual(sections);
    expect(isWanted(options, 'kws-int8')).toBe(true);
  });

  it('choose sections in their order and models by how they begin', () => {
    const options = parseOptions(['--json', '--only', 'accuracy,mcu', '--models', 'kws,ic']);
    expect(options).toMatchObject({ json: true, only: ['mcu', 'accuracy'] });
    expect(['kws-int8', 'ic', 'vww'].map((id) => isWanted(options, id))).toEqual([true, true, false]);
  });

  it('choose processors', () => {
    expect(parseOptions([]).cpus).toEqual(qemuCpus);
    expect(parseOptions(['--cpu', 'rv32imc,cortex-m33']).cpus).toEqual(['cortex-m33', 'rv32imc']);
    expect(() => parseOptions(['--cpu', 'cortex-m99'])).toThrow(/cortex-m99: known are/);
  });

  it('name what they do not know', () => {
    expect(() => parseOptions(['--only', 'mcu,gpu'])).toThrow(/gpu: known are/);
    expect(() => parseOptions(['--round', '3'])).toThrow(BenchUsageError);
    expect(() => parseOptions(['--rounds', '0'])).toThrow(BenchUsageError);
  });
});
