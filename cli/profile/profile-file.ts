import type { FittedWeb } from '../../converter/estimate/web/result.ts';
import type { DeviceResult } from './read-result.ts';

/** Who the profile is of. */
export interface ProfileIdentity {
  readonly name: string;
  /** The target that it extends, with the core that was timed; null where it stands alone. */
  readonly base: { readonly target: string; readonly core: string } | null;
  /** The day of the measurement, `2026-11-21`. */
  readonly day: string;
}

/** `Node.js 24.21.0`, or the name and version in the identification of a browser. */
export function engineName(device: DeviceResult['device']): string {
  const engine = String(device.engine ?? 'an unknown engine');
  const known = /(?:Edg|OPR|SamsungBrowser|Firefox|FxiOS|CriOS|Chrome|HeadlessChrome|Version)\/[\d.]+/.exec(engine);
  return known === null ? engine.slice(0, 80) : known[0].replace('Version/', 'Safari/').replace('/', ' ');
}

/** Where the numbers come from, for their `ref`. */
export function referenceOf(result: DeviceResult, day: string): string {
  return `thimble profile in ${engineName(result.device)}, ${result.layers.length} layers, ${result.rounds} rounds, ${day}`;
}

/** The profile file of what a device measured: `--target` takes it. */
export function profileFile(
  result: DeviceResult,
  { prices, quality, ...web }: FittedWeb,
  { name, base, day }: ProfileIdentity,
): Readonly<Record<string, unknown>> {
  const ref = referenceOf(result, day);
  const core = base?.core ?? 'the core that was timed';
  const measured = { cores: [{ core, prices }], ...web };
  const notes = [
    `${(100 * quality.disturbed).toFixed(0)} % of the samples were disturbed and left out; those that were kept lie within ` +
      `${(100 * quality.spread).toFixed(0)} % of each other; half of the kinds of layers are predicted within ${(100 * quality.error).toFixed(0)} %`,
  ];
  if (base !== null) return { name, extends: base.target, web: measured, notes };
  const number = (value: number, unit: string, source: string, from: string) => ({ value, unit, source, ref: from });
  const largest = result.loads.at(-1);
  const chain = `${ref}: a chain of additions, one a cycle`;
  return {
    name,
    kind: 'sbc',
    title: titleOf(result.device),
    cores: [
      {
        name: core,
        count: number(coresOf(result.device), 'cores', 'measured', `${ref}: processors that the engine tells`),
        ...{ isa: 'unknown', fpu: 'double', extensions: [], ref: 'the engine does not tell' },
        clock: number(result.clockGHz, 'GHz', 'measured', chain),
      },
    ],
    ...(largest === undefined
      ? {}
      : { dramBandwidth: number(largest.bytesPerNs, 'GB/s', 'measured', `${ref}: loads over ${largest.bytes} bytes`) }),
    web: measured,
    notes,
  };
}

function titleOf(device: DeviceResult['device']): string {
  const processor = typeof device.processor === 'string' ? `${device.processor}, ` : '';
  return `${processor}${engineName(device)}`;
}

function coresOf({ processors }: DeviceResult['device']): number {
  return typeof processors === 'number' && processors >= 1 && processors <= 64 ? Math.floor(processors) : 1;
}
