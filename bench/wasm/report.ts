import type { Cell } from '../../cli/output/table.ts';
import type { Anchors } from '../anchors.ts';
import { block, mark, titled } from '../report.ts';
import { formatRatio, ratio } from '../statistics.ts';
import { codeLimitBytes } from './bytes.ts';
import type { LatencyFigure, WasmFigure } from './figures.ts';
import type { WasmSection } from './measure.ts';
import { peerNames } from './peers.ts';

/** The tables of the WebAssembly section: bytes, then latency ratios host by host, then what did not run and why. */
export function wasmReport({ models, absent, method }: WasmSection, anchors: Anchors['wasm']): string {
  const hosts = [...new Set(models.flatMap(({ latency }) => latency.map(({ hostVersion }) => hostVersion)))];
  const how = `${method.rounds} rounds of ${method.samplesPerRound} samples, 1 thread, engines in turn`;
  return [
    byteTable(models, anchors),
    ...hosts.map((host) => latencyTable(host, how, models, anchors)),
    ...hosts.map((host) => millisecondTable(host, models)),
    failureText(models, absent),
  ].join('\n\n');
}

function byteTable(models: readonly WasmFigure[], { engineBytes }: Anchors['wasm']): string {
  const rows = models.map(({ id, bundle, bundleFailure }): Cell[] => {
    if (bundle === null) return [id, null, null, null, null, null, firstLine(bundleFailure ?? '')];
    const { code, total } = bundle;
    const holds = mark(code.gzipBytes < codeLimitBytes);
    return [id, code.rawBytes, code.gzipBytes, holds, total.rawBytes, total.gzipBytes, ''];
  });
  const titles = ['model', 'code', 'code gzip', 'below 60 kB', 'all', 'all gzip', ''];
  const engines = Object.entries(engineBytes).map(([name, { rawMb, gzipMb }]) => `${name} ${rawMb} MB (${gzipMb} MB)`);
  return `${block('Bundles in bytes: code without weights, and everything a page loads', titles, rows)}
  Engines without a model, raw (gzip): ${engines.join(', ')}`;
}

function inHost(model: WasmFigure, hostVersion: string): LatencyFigure | undefined {
  return model.latency.find((figure) => figure.hostVersion === hostVersion);
}

/**
 * Our latency in terms of each peer's, then ratios between peers beside the published ones, which tell whether the peers run
 * here as they should.
 */
function latencyTable(host: string, how: string, models: readonly WasmFigure[], anchors: Anchors['wasm']): string {
  const rows = models.map((model): Cell[] => {
    const engines = inHost(model, host)?.engines ?? {};
    const ratios = peerNames.map((name) => engines[name]?.oursToIt ?? null);
    const here = (name: string) => engines[name]?.latencyMs.median ?? null;
    const published = anchors.latencyMs[model.id] ?? {};
    const checks = ['onnxruntime-web', 'tfjs-tflite'].flatMap((name) => {
      return [ratio(here(name), here('litertjs')), ratio(published[name], published.litertjs)];
    });
    const best = ratios.filter((value) => value !== null);
    const worst = best.length === 0 ? null : Math.max(...best);
    return [model.id, ...ratios.map(formatRatio), formatRatio(worst), ...checks.map(formatRatio)];
  });
  const titles = [
    'model',
    ...peerNames,
    'to the fastest',
    'ORT/LiteRT',
    'published',
    'tfjs-tflite/LiteRT',
    'published',
  ];
  return block(`Latency of thimble / latency of the peer, ${host} (${how})`, titles, rows);
}

function millisecondTable(host: string, models: readonly WasmFigure[]): string {
  const names = ['thimble', ...peerNames];
  const rows = models.map((model): Cell[] => {
    const engines = inHost(model, host)?.engines ?? {};
    return [model.id, ...names.map((name) => spread(engines[name]))];
  });
  return block(`For information, ms in ${host} on this machine: median [p10 p90]`, ['model', ...names], rows);
}

function spread(engine: LatencyFigure['engines'][string] | undefined): string | null {
  if (engine === undefined) return null;
  const { median, p10, p90 } = engine.latencyMs;
  return `${median.toPrecision(3)} [${p10.toPrecision(3)} ${p90.toPrecision(3)}]`;
}

/** Each reason once, with the models and hosts that it was given for. */
function failureText(models: readonly WasmFigure[], absent: Readonly<Record<string, string>>): string {
  const places = new Map<string, { readonly models: Set<string>; readonly hosts: Set<string> }>();
  for (const { id, latency } of models) {
    for (const { hostVersion, failures } of latency) {
      for (const [engine, reason] of Object.entries(failures)) {
        const key = `${engine}: ${firstLine(reason)}`;
        const place = places.get(key) ?? { models: new Set(), hosts: new Set() };
        place.models.add(id);
        place.hosts.add(hostVersion);
        places.set(key, place);
      }
    }
  }
  const lines = [
    ...Object.entries(absent).map(([name, reason]) => `  ${name}: ${firstLine(reason)}`),
    ...[...places].map(([key, at]) => `  ${key} (${[...at.models].join(', ')}; ${[...at.hosts].join(', ')})`),
  ];
  return titled('Not measured', lines.length === 0 ? '  nothing' : lines.join('\n'));
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}
