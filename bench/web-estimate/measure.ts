import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { timeInNode } from '../../cli/profile/node.ts';
import { packJob } from '../../cli/profile/pack-job.ts';
import { profilePage } from '../../cli/profile/page.ts';
import { type DeviceResult, readResult } from '../../cli/profile/read-result.ts';
import { servePage } from '../../cli/profile/serve.ts';
import { type EmittedVariants, emitWasmVariants } from '../../converter/backends/wasm/emit-module.ts';
import { wasmKernelNeeds } from '../../converter/backends/wasm/needs.ts';
import { type Variant, variants } from '../../converter/backends/wasm/variant.ts';
import { estimateWeb, type WebProfile, webLayers } from '../../converter/estimate/web/index.ts';
import { neverDivided, webJob, wholeJob } from '../../converter/estimate/web/job.ts';
import { fitResult, type WebQuality } from '../../converter/estimate/web/result.ts';
import { importModel, optimizeGraph, planProgram } from '../../converter/pipeline.ts';
import type { Program } from '../../converter/plan/program.ts';
import { findTool } from '../../targets/tools.ts';
import type { BenchOptions, Host } from '../options.ts';
import { locate } from '../places.ts';
import { floatTwin } from '../wasm/float-twin.ts';
import { chromiumFlags } from '../wasm/hosts.ts';
import { installNode24 } from '../wasm/peers.ts';
import type { PredictedModel } from './models.ts';

/** One code of a model in one engine. */
export interface PredictionFigure {
  readonly id: string;
  readonly variant: Variant;
  /** Medians of the runs that nothing disturbed. */
  readonly measuredUs: number;
  readonly predictedUs: number;
  /** predicted / measured - 1. */
  readonly error: number;
  /** What the prediction said of its error. */
  readonly claimed: number;
  /** The part of the samples that was disturbed. */
  readonly disturbed: number;
}

/** All models in one engine, in one run together with the layers that the profile is fitted to. */
export interface WebEstimateFigure {
  readonly host: Host;
  readonly engine: string;
  readonly quality: WebQuality;
  readonly seconds: number;
  readonly models: readonly PredictionFigure[];
}

interface Emitted {
  readonly id: string;
  readonly program: Program;
  readonly emitted: EmittedVariants;
}

/** How long an engine measures. */
const seconds = 45;

/** Profiles each engine and predicts models that have no part in the fit; rounds of layers and models alternate. */
export async function measureWebEstimates(
  models: readonly PredictedModel[],
  { hosts }: BenchOptions,
  note: (line: string) => void,
): Promise<readonly WebEstimateFigure[]> {
  note('web-estimate: emitting layers and models');
  const emitted = models.flatMap((model) => emit(model, note));
  const { job, bytes } = webJob({ ...wholeJob, withThreads: false }, emitted);
  const figures: WebEstimateFigure[] = [];
  for (const host of hosts.filter((one) => one !== 'node20')) {
    note(`web-estimate: measuring in ${host} for ${seconds} s`);
    try {
      const text = host === 'chromium' ? await timeInChromium(packJob(job, bytes)) : await timeInNode24(job, bytes);
      figures.push(figureOf(host, readResult(text, host), emitted));
    } catch (error) {
      note(`web-estimate: ${host}: ${error instanceof Error ? error.message : error}`);
    }
  }
  return figures;
}

function emit({ id, path, isTwin }: PredictedModel, note: (line: string) => void): readonly Emitted[] {
  const file = locate(path);
  if (file === undefined) {
    note(`web-estimate: ${path} is not here`);
    return [];
  }
  const bytes = new Uint8Array(readFileSync(file));
  const graph = importModel(
    isTwin ? floatTwin(bytes, basename(file)).tflite : bytes,
    isTwin ? `${id}.tflite` : basename(file),
  );
  const { program, plan } = planProgram(optimizeGraph(graph).graph, wasmKernelNeeds);
  return [{ id, program, emitted: emitWasmVariants(program, plan, variants, neverDivided) }];
}

async function timeInNode24(...[job, bytes]: [Parameters<typeof timeInNode>[1], Uint8Array]): Promise<string> {
  const node = await installNode24();
  if ('reason' in node) throw new Error(node.reason);
  return timeInNode(node.path, job, bytes, seconds);
}

async function timeInChromium(packed: Uint8Array): Promise<string> {
  const tool = findTool('chromium');
  if (tool === undefined || !tool.found) throw new Error(tool?.reason ?? 'chromium is not known');
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath: tool.path, headless: true, args: chromiumFlags });
  const served = await servePage(
    profilePage(packed, { seconds, posts: true }),
    { host: '127.0.0.1', port: 0 },
    () => {},
  );
  try {
    const page = await browser.newPage();
    const broken = new Promise<never>((_, reject) => {
      page.on('pageerror', reject);
      setTimeout(() => reject(new Error('the page has not answered')), 10_000 * seconds).unref();
    });
    broken.catch(() => {});
    await page.goto(served.url);
    await page.getByRole('button', { name: 'Start' }).click();
    const failed = page
      .getByText(/^It failed/)
      .waitFor({ timeout: 0 })
      .then(async () => {
        throw new Error((await page.getByRole('status').textContent()) ?? 'it failed');
      });
    failed.catch(() => {});
    return await Promise.race([served.result, broken, failed]);
  } finally {
    await browser.close();
    await served.close();
  }
}

function figureOf(host: Host, result: DeviceResult, models: readonly Emitted[]): WebEstimateFigure {
  const { prices, quality, ...others } = fitResult(result, `this run in ${host}`);
  const profile: WebProfile = { name: host, cores: [{ name: host, count: 1, clockHz: 1e9, prices }], ...others };
  const rows = result.models.flatMap(({ id, variant, ns, kept, samples }): PredictionFigure[] => {
    const model = models.find((one) => one.id === id);
    const module = model?.emitted.modules.find((one) => one.variant === variant);
    if (model === undefined || module === undefined) return [];
    const layers = webLayers(model.program, module.module);
    const { milliseconds, error: claimed } = estimateWeb({ profile, layers, variant, threads: 1, core: 'big' });
    const [measuredUs, predictedUs] = [ns / 1000, 1000 * milliseconds.p50];
    return [
      {
        id,
        variant,
        measuredUs,
        predictedUs,
        error: predictedUs / measuredUs - 1,
        claimed,
        disturbed: 1 - kept / samples,
      },
    ];
  });
  return { host, engine: String(result.device.engine), quality, seconds: result.seconds, models: rows };
}
