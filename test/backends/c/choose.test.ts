import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type KernelForm, usualChoices } from '../../../converter/backends/c/choice.ts';
import { chooseKernels, type KernelWish } from '../../../converter/backends/c/choose/choose.ts';
import { cKernelNeeds } from '../../../converter/backends/c/kernels.ts';
import { packageOptions } from '../../../converter/package-options.ts';
import { convertToC, importModel, optimizeGraph, planProgram } from '../../../converter/pipeline.ts';
import { balancedPlan, latencyPlan } from '../../../converter/plan/options.ts';
import { digitsInt8 } from '../../cli/run-cli.ts';

const { graph } = optimizeGraph(importModel(new Uint8Array(readFileSync(digitsInt8)), 'digits_int8.tflite'));
const { program, plan } = planProgram(graph, cKernelNeeds, balancedPlan);
const wish: KernelWish = { goal: 'latency', cpu: null, flashBytes: null, codeBytes: 0, tuned: usualChoices };
const choose = (more: Partial<KernelWish>) => chooseKernels(program, plan, { ...wish, ...more });
const formsOf = (more: Partial<KernelWish>): KernelForm[] => [...choose(more).choices.values()].map(({ form }) => form);

describe('the choice of kernels', () => {
  it('widens weights for the fewest instructions where Armv7E-M is meant', () => {
    const { decisions, choices } = choose({});
    const widened = decisions.filter(({ form }) => form === 'words');
    expect(widened.length).toBeGreaterThan(0);
    expect(widened.length).toBe(choices.size);
    for (const { instructions, usualInstructions, tableBytes, usualTableBytes, by } of widened) {
      expect(instructions).toBeLessThan(usualInstructions ?? 0);
      expect(tableBytes).toBeGreaterThan(usualTableBytes);
      expect(by).toBe('model');
    }
    expect(choose({ cpu: 'cortex-m7' })).toEqual(choose({}));
  });

  it.each(['cortex-m0plus', 'cortex-m3', 'cortex-m55', 'rv32imc', 'generic'] as const)('leaves %s as it is', (cpu) => {
    expect(formsOf({ cpu })).toEqual([]);
  });

  it('stays within the flash of the target, and takes what saves most by the byte', () => {
    const { decisions } = choose({});
    const usual = decisions.reduce((sum, { usualTableBytes }) => sum + usualTableBytes, 0);
    expect(formsOf({ flashBytes: usual })).toEqual([]);
    const extras = decisions.map(({ tableBytes, usualTableBytes }) => tableBytes - usualTableBytes);
    const most = Math.max(...extras);
    const { decisions: some } = choose({ flashBytes: usual + most - 1 });
    const more = some.reduce((sum, { tableBytes, usualTableBytes }) => sum + tableBytes - usualTableBytes, 0);
    expect(more).toBeLessThan(most);
    expect(choose({ flashBytes: usual + 1000, codeBytes: 1000 }).choices.size).toBe(0);
  });

  it('takes one kernel for all layers for the least flash, where that is less', () => {
    expect(formsOf({ goal: 'balanced' })).toEqual([]);
    const forms = formsOf({ goal: 'size' });
    expect(forms.every((form) => form === 'small')).toBe(true);
  });

  it('prefers what was measured', () => {
    const tuned = new Map([[0, { form: 'words', pixels: 2 }] as const]);
    const { decisions } = choose({ goal: 'balanced', tuned });
    expect(decisions[0]).toMatchObject({ layer: 0, form: 'words', pixels: 2, by: 'tuned' });
  });

  it('stands in the manifest and the README of the package', () => {
    const choices = { plan: { ...latencyPlan, kernels: 'latency' } } as const;
    const { artifacts, kernels } = convertToC(graph, packageOptions('digits', choices));
    const text = (path: string) => new TextDecoder().decode(artifacts.find((file) => file.path === path)?.bytes);
    expect(JSON.parse(text('thimble.json'))).toMatchObject({
      planning: { kernels: 'latency' },
      kernels: kernels.decisions.filter(({ by }) => by !== 'usual'),
    });
    expect(text('README.md')).toContain('weights of 16 bits');
    expect(text('src/digits_weights.c')).toMatch(/^#if DIGITS_DSP && !DIGITS_HELIUM\nconst int16_t digits_weights_0/m);
  });
});
