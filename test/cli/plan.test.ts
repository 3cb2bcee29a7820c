import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { xmlFaults } from '../plan/render/well-formed.ts';
import { digitsFloat, digitsInt8, inFolder, runCli, runJson } from './run-cli.ts';
import { inspect, planModel } from './schemas.ts';

/** What the rows are called in a map that shows all: steps and, as one row each, streams. */
function rowNames(steps: number, streams: readonly { readonly first: number; readonly end: number }[]): string[] {
  return Array.from({ length: steps }, (_, step) => step).flatMap((step) => {
    const stream = streams.find(({ first, end }) => first <= step && step < end);
    if (stream === undefined) return [`${step}`];
    return step === stream.first ? [`${stream.first}-${stream.end - 1}`] : [];
  });
}

describe('plan', () => {
  it('names what holds the memory at the peak, and draws every step', async () => {
    const { code, stdout, stderr } = await runCli(['plan', digitsInt8]);
    expect([code, stderr]).toEqual([0, '']);
    const { value } = await runJson(['plan', digitsInt8]);
    const { plan, peak, steps, streams, placements } = planModel.parse(value);
    const count = (bytes: number) => bytes.toLocaleString('en-US');
    expect(stdout).toMatch(new RegExp(`^arena \\(c\\) +${count(plan.arenaBytes)} B `, 'm'));
    expect(stdout).toMatch(new RegExp(`^peak +${count(peak.topBytes)} B .*at steps? ${peak.step}[-, ]`, 'm'));
    for (const { buffer, bytes } of peak.culprits.slice(0, 8)) {
      expect(stdout).toMatch(new RegExp(`${count(bytes)} B .*\\(b${buffer} at \\d+`));
    }
    for (const row of rowNames(steps.length, streams)) {
      expect(stdout).toMatch(new RegExp(`^[ >] +${row}  \\S+ .*\\|$`, 'm'));
    }
    for (const { buffer, name, offset, bytes } of placements) {
      const start = (name.split(/;| "/)[0] ?? '').slice(0, 12);
      expect(stdout).toMatch(new RegExp(`^ +${count(offset)} +${count(offset + bytes)} .* b${buffer} +${start}`, 'm'));
    }
  });

  it('agrees with inspect', async () => {
    for (const to of ['c', 'wasm']) {
      const ours = planModel.parse((await runJson(['plan', digitsInt8, '--to', to])).value);
      const { plan } = inspect.parse((await runJson(['inspect', digitsInt8, '--to', to])).value);
      expect(ours.to).toBe(to);
      expect(ours.plan).toMatchObject({ arenaBytes: plan.arenaBytes, lowerBoundBytes: plan.lowerBoundBytes });
      expect(ours.peak.topBytes).toBe(ours.plan.arenaBytes);
      expect(Math.max(...ours.placements.map(({ offset, bytes }) => offset + bytes))).toBe(ours.peak.topBytes);
    }
  });

  it('takes the options of the model', async () => {
    const plan = async (...args: string[]) => planModel.parse((await runJson(['plan', digitsFloat, ...args])).value);
    const [plain, turned] = [await plan(), await plan('--input-layout', 'nchw', '--no-passes')];
    expect(turned.steps.length).toBe(plain.steps.length + 1);
  });

  it('shows the steps that are asked for', async () => {
    const { steps, streams } = planModel.parse((await runJson(['plan', digitsInt8])).value);
    const all = rowNames(steps.length, streams);
    const last = all.at(-1) ?? '';
    const rows = async (asked: string) => {
      const { stdout } = await runCli(['plan', digitsInt8, '--steps', asked]);
      return [...stdout.matchAll(/^[ >] +(\d[\d-]*) {2}\S.*\|$/gm)].map(([, row]) => row);
    };
    expect(await rows('all')).toEqual(all);
    expect(await rows(last)).toEqual([last]);
    expect(await rows(`${steps.length - 2}-${steps.length - 1}`)).toEqual(all.slice(-2));
    const { stdout } = await runCli(['plan', digitsInt8, '--steps', last]);
    expect(stdout).toMatch(/and \d+ more buffers/);
  });

  it('draws an SVG file of the same plan', async () => {
    await inFolder(async (folder) => {
      const { code, value } = await runJson(['plan', digitsInt8, '--svg', 'map.svg'], folder);
      expect(code).toBe(0);
      const { svg, placements } = planModel.parse(value);
      expect(svg).toBe('map.svg');
      const text = readFileSync(join(folder, 'map.svg'), 'utf8');
      expect(xmlFaults(text)).toEqual([]);
      expect(readdirSync(folder)).toEqual(['map.svg']);
      const facts = [...text.matchAll(/<title>b(\d+), .*\n(?:then .*\n)*([\d,]+) bytes, ([\d,]+) to /g)];
      const drawn = facts.map((match) => match.slice(1).map((number) => Number(number.replaceAll(',', ''))));
      const planned = placements.map(({ buffer, bytes, offset }) => [buffer, bytes, offset]);
      const byNumber = (a: readonly number[], b: readonly number[]) => (a[0] ?? 0) - (b[0] ?? 0);
      expect(drawn.sort(byNumber)).toEqual(planned.sort(byNumber));
      expect((await runCli(['plan', digitsInt8, '--svg', 'map.svg'], folder)).stdout).toMatch(/^drawn +map\.svg$/m);
      expect(readFileSync(join(folder, 'map.svg'), 'utf8')).toBe(text);
    });
  });

  it('tells of a drawing that cannot be written', async () => {
    const { code, stdout, stderr } = await runCli(['plan', digitsInt8, '--svg', `${digitsInt8}/map.svg`]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('choose a file that you may write');
  });
});
