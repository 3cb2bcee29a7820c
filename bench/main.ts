import { toJson } from '../cli/output/json.ts';
import { measureAccuracy } from './accuracy/measure.ts';
import { accuracyReport } from './accuracy/report.ts';
import { accuracyRows } from './accuracy/rows.ts';
import { readAnchors } from './anchors.ts';
import { measureApps } from './app/measure.ts';
import { appReport } from './app/report.ts';
import { measureBoards } from './boards/measure.ts';
import { boardsReport } from './boards/report.ts';
import { measureColdStarts } from './coldstart/measure.ts';
import { coldStartReport } from './coldstart/report.ts';
import { measureConversions } from './convert/measure.ts';
import { convertReport } from './convert/report.ts';
import { checkCounts } from './counts/check.ts';
import { checkedModels } from './counts/models.ts';
import { countsReport } from './counts/report.ts';
import { cycleModels, measureCycles } from './cycles/measure.ts';
import { cyclesReport } from './cycles/report.ts';
import { measureEstimator } from './estimator/measure.ts';
import { estimatorReport } from './estimator/report.ts';
import { checkFlash, flashModels } from './flash/check.ts';
import { flashReport } from './flash/report.ts';
import { floatModels, measureFloats } from './floats/measure.ts';
import { floatsReport } from './floats/report.ts';
import { measureLayers } from './layers/measure.ts';
import { layersReport } from './layers/report.ts';
import { measureMcu } from './mcu/measure.ts';
import { mcuModels } from './mcu/models.ts';
import { mcuReport } from './mcu/report.ts';
import { measureGrowth } from './memory/growth.ts';
import { growthReport } from './memory/growth-report.ts';
import { measureMemory } from './memory/measure.ts';
import { memoryReport } from './memory/report.ts';
import { measureModes } from './modes/measure.ts';
import { modeModels } from './modes/models.ts';
import { modesReport } from './modes/report.ts';
import { measureNested } from './nested/measure.ts';
import { nestedReport } from './nested/report.ts';
import { nestedRows } from './nested/rows.ts';
import { type BenchOptions, BenchUsageError, isWanted, parseOptions, type SectionName } from './options.ts';
import { root } from './places.ts';
import { measureProcessors, processorModels } from './processors/measure.ts';
import { processorsReport } from './processors/report.ts';
import { int8Rows, measurePrunedInt8 } from './prune/int8.ts';
import { measurePruning } from './prune/measure.ts';
import { prunedInt8Report, pruneReport, structureReport } from './prune/report.ts';
import { pruneRows } from './prune/rows.ts';
import { measureStructure } from './prune/structure.ts';
import { structureRows } from './prune/structure-rows.ts';
import { measureQuantization } from './quantize/measure.ts';
import { quantizeReport } from './quantize/report.ts';
import { quantizeRows } from './quantize/rows.ts';
import { sampleRows } from './quantize/sample-rows.ts';
import { measureReports, reportModels } from './report-page/measure.ts';
import { reportPageReport } from './report-page/report.ts';
import { measureThreads } from './threads/measure.ts';
import { threadsReport } from './threads/report.ts';
import { measureWasm } from './wasm/measure.ts';
import { coldStartModels, threadModels, wasmModels } from './wasm/models.ts';
import { wasmReport } from './wasm/report.ts';
import { measureWebEstimates } from './web-estimate/measure.ts';
import { predictedModels } from './web-estimate/models.ts';
import { webEstimateReport } from './web-estimate/report.ts';

/** A section that has been measured: its figures, and the tables made of them. */
interface Measured {
  readonly figures: unknown;
  readonly text: string;
}

const anchors = readAnchors(root);

const measure: { readonly [S in SectionName]: (options: BenchOptions) => Promise<Measured> } = {
  async mcu(options) {
    const figures = await measureMcu(wanted(options, mcuModels), anchors.mcu, note);
    return { figures, text: mcuReport(figures) };
  },
  async modes(options) {
    const figures = await measureModes(wanted(options, modeModels), note);
    return { figures, text: modesReport(figures) };
  },
  async processors(options) {
    const figures = await measureProcessors(wanted(options, processorModels), options.cpus, note);
    return { figures, text: processorsReport(figures, options.cpus, anchors.mcu) };
  },
  async cycles(options) {
    const figures = await measureCycles(wanted(options, cycleModels), options.cpus, note);
    return { figures, text: cyclesReport(figures) };
  },
  async counts(options) {
    const figures = await checkCounts(wanted(options, checkedModels), options.cpus, note);
    return { figures, text: countsReport(figures) };
  },
  async flash(options) {
    const figures = await checkFlash(wanted(options, flashModels), options.cpus, note);
    return { figures, text: flashReport(figures) };
  },
  async estimator() {
    const figures = measureEstimator(note);
    return { figures, text: estimatorReport(figures) };
  },
  async floats(options) {
    const figures = await measureFloats(wanted(options, floatModels), anchors.floats, note);
    return { figures, text: floatsReport(figures) };
  },
  async wasm(options) {
    const figures = await measureWasm(wanted(options, wasmModels), options, note);
    return { figures, text: wasmReport(figures, anchors.wasm) };
  },
  async boards(options) {
    const models = mcuModels.filter(({ id }) => /^(digits|kws|ad)$/.test(id));
    const figures = await measureBoards(wanted(options, models), note);
    return { figures, text: boardsReport(figures) };
  },
  async coldstart(options) {
    const figures = await measureColdStarts(wanted(options, coldStartModels), options.rounds, note);
    return { figures, text: coldStartReport(figures) };
  },
  async app(options) {
    const figures = await measureApps(options.rounds, note);
    return { figures, text: appReport(figures) };
  },
  async threads(options) {
    const figures = await measureThreads(wanted(options, threadModels), options, note);
    return { figures, text: threadsReport(figures) };
  },
  async layers(options) {
    const figures = await measureLayers(wanted(options, wasmModels), options, note);
    return { figures, text: layersReport(figures) };
  },
  async 'web-estimate'(options) {
    const figures = await measureWebEstimates(wanted(options, predictedModels), options, note);
    return { figures, text: webEstimateReport(figures) };
  },
  async convert() {
    const figures = await measureConversions(note);
    return { figures, text: convertReport(figures) };
  },
  async accuracy(options) {
    const figures = await measureAccuracy(wanted(options, accuracyRows), anchors.accuracy, options.on, note);
    return { figures, text: accuracyReport(figures, options.on) };
  },
  async quantize(options) {
    const figures = await measureQuantization(wanted(options, [...quantizeRows, ...sampleRows]), note);
    return { figures, text: quantizeReport(figures) };
  },
  async prune(options) {
    const pruned = await measurePruning(wanted(options, pruneRows), note);
    const int8 = await measurePrunedInt8(wanted(options, int8Rows), note);
    const structure = measureStructure(wanted(options, structureRows), note);
    const texts = [pruneReport(pruned), prunedInt8Report(int8), structureReport(structure)];
    return { figures: { pruned, int8, structure }, text: texts.join('\n\n') };
  },
  async nested(options) {
    const figures = measureNested(wanted(options, nestedRows), note);
    return { figures, text: nestedReport(figures) };
  },
  async report(options) {
    const figures = await measureReports(wanted(options, reportModels), options.rounds, note);
    return { figures, text: reportPageReport(figures) };
  },
  async memory() {
    const instances = measureMemory(note);
    const growth = measureGrowth();
    return { figures: { instances, growth }, text: `${memoryReport(instances)}\n\n${growthReport(growth)}` };
  },
};

function wanted<T extends { readonly id: string }>(options: BenchOptions, models: readonly T[]): readonly T[] {
  return models.filter(({ id }) => isWanted(options, id));
}

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  const figures: Partial<Record<SectionName, unknown>> = {};
  for (const section of options.only) {
    const measured = await measure[section](options);
    figures[section] = measured.figures;
    if (!options.json) process.stdout.write(`\n== ${section} ==\n\n${measured.text}\n`);
  }
  if (options.json) process.stdout.write(`${toJson({ schemaVersion: 1, node: process.versions.node, ...figures })}\n`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof BenchUsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
