import type { BenchOptions, Host } from '../options.ts';
import { bundleSize } from './bytes.ts';
import { engineFigures, type LatencyFigure, type WasmFigure } from './figures.ts';
import { type Method, type OpenHost, openHost } from './hosts.ts';
import type { WasmModel } from './models.ts';
import { installPeer, type PeerName, peerNames } from './peers.ts';
import { type StagedModel, stageCommon, stageModel } from './stage.ts';

/** What the section reports: figures by model, and what could not be had. */
export interface WasmSection {
  readonly models: readonly WasmFigure[];
  /** Peers that cannot be installed and hosts that do not start, with the reason. */
  readonly absent: Readonly<Record<string, string>>;
  readonly method: Method;
}

/** Installs the peers, converts the models, and measures each model in every host with all engines taking turns. */
export async function measureWasm(
  models: readonly WasmModel[],
  { rounds, hosts }: BenchOptions,
  note: (line: string) => void,
): Promise<WasmSection> {
  const method: Method = { rounds, warmUpMs: 400, warmUpRuns: 10, samplesPerRound: 4, batchMs: 0.25 };
  const absent: Record<string, string> = {};
  stageCommon();
  const peers = await installPeers(absent, note);
  const staged: StagedModel[] = [];
  for (const model of models) {
    note(`wasm: converting ${model.id}`);
    staged.push(await stageModel(model, peers));
  }
  const latency = new Map<string, LatencyFigure[]>(staged.map(({ id }) => [id, []]));
  for (const host of hosts) {
    const opened = await open(host, absent);
    if (opened === undefined) continue;
    try {
      for (const model of staged) {
        note(`wasm: ${model.id} in ${opened.version}`);
        latency.get(model.id)?.push(await measureIn(host, opened, model, method));
      }
    } finally {
      await opened.close();
    }
  }
  return { models: staged.map((model) => figureOf(model, latency.get(model.id) ?? [])), absent, method };
}

/** Installs the peers; those that cannot be had get their reason in `absent`. */
export async function installPeers(absent: Record<string, string>, note: (line: string) => void): Promise<PeerName[]> {
  const ready: PeerName[] = [];
  for (const name of peerNames) {
    note(`wasm: installing ${name}`);
    const installed = await installPeer(name);
    if (installed.ready) ready.push(name);
    else absent[name] = installed.reason;
  }
  return ready;
}

async function open(host: Host, absent: Record<string, string>): Promise<OpenHost | undefined> {
  try {
    return await openHost(host);
  } catch (error) {
    absent[host] = error instanceof Error ? error.message : String(error);
    return undefined;
  }
}

async function measureIn(host: Host, opened: OpenHost, model: StagedModel, method: Method): Promise<LatencyFigure> {
  const base = { host, hostVersion: opened.version };
  try {
    const result = await opened.measure(model, method);
    const failures = { ...model.failures, ...result.failures };
    return { ...base, engines: engineFigures(result), failures };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ...base, engines: {}, failures: { ...model.failures, all: reason } };
  }
}

function figureOf({ id, engines, failures }: StagedModel, latency: readonly LatencyFigure[]): WasmFigure {
  const { thimble } = engines;
  const bundle = thimble === undefined ? null : bundleSize(thimble);
  return { id, bundle, bundleFailure: failures.thimble ?? null, latency };
}
