import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import type { MemoryPlan } from '../../converter/plan/plan.ts';
import { countRules, type ModelSummary, type PortSummary, summarize } from '../../converter/summary.ts';
import { elementCount, formatShape } from '../../converter/tensor/shape.ts';
import { storageTexts } from '../../converter/tensor/weight-storage.ts';
import { isFolder } from '../build/package-folder.ts';
import type { Command } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { inspectPackage } from '../inspect-package.ts';
import { type CommandIo, print, resolvePath } from '../io.ts';
import { type LoadedModel, loadModel } from '../model-file.ts';
import { emitOption, modelOptions, modelPositional } from '../options/common.ts';
import { planOptions, planWishOf } from '../options/plan.ts';
import { preparedLines, shownPreprocessing } from '../options/preprocessing.ts';
import { writeJson } from '../output/json.ts';
import { type Cell, columns, renderPairs, renderTable } from '../output/table.ts';
import { formatBytes, printable } from '../output/text.ts';
import { type PackageKind, packageKinds, planFor } from '../package-kinds.ts';
import { planOptionsOf } from '../plan/settle.ts';
import { reportNotes, schemaVersion } from '../report-error.ts';
import { printStage } from '../stages.ts';
import { UsageError } from '../usage.ts';
import { showNumber } from '../values.ts';

const options = {
  ...emitOption,
  ...planOptions,
  ...modelOptions,
  to: { choices: packageKinds, default: 'c', describe: 'Plan memory for the kernels of this output' },
} as const;

/** `thimble inspect`: what is in a model, and what it costs. */
export const inspectCommand: Command = {
  name: 'inspect',
  optionNames: Object.keys(options),
  add: (cli, invoke) =>
    cli.command(
      'inspect <model>',
      'Show operators, shapes, work and memory of a model, or what a package takes',
      (y) => y.positional('model', modelPositional).options(options),
      (args) => invoke((io) => inspect(args, io)),
    ),
};

type Arguments = ArgumentsCamelCase<InferredOptionTypes<typeof options> & { model: string; json: boolean }>;

async function inspect(args: Arguments, io: CommandIo): Promise<ExitCode> {
  const wish = planWishOf(args, args.to);
  if (isFolder(resolvePath(io, args.model))) {
    if (args.emit !== undefined) throw new UsageError('--emit is for models', 'give a model file, not a package');
    await inspectPackage(args.model, args.json, io);
    return exitCodes.done;
  }
  const model = loadModel(args.model, io, args);
  if (!args.json) reportNotes(model.notes, io);
  const options = args.emit === 'graph' ? null : planOptionsOf(model.graph, wish);
  if (args.emit !== undefined) {
    await printStage(args.emit, model.graph, args.to, options, io, args.json);
    return exitCodes.done;
  }
  const { plan } = planFor(args.to, model.graph, options);
  const summary = summarize(model.graph);
  if (args.json) await writeJson(inspectJson(model, summary, plan, args.to), io.stdout);
  else await print(io, inspectText(model, summary, plan, args.to, io.color));
  return exitCodes.done;
}

function inspectJson(model: LoadedModel, summary: ModelSummary, plan: MemoryPlan, to: PackageKind) {
  const { fileName, fileBytes, sha256, applied } = model;
  const { arenaBytes, lowerBoundBytes, stateBytes } = plan;
  return {
    schemaVersion,
    command: 'inspect',
    model: { file: fileName, bytes: fileBytes, sha256, name: summary.name, producer: summary.producer },
    inputs: summary.inputs.map(portJson),
    outputs: summary.outputs.map(portJson),
    preprocessing: shownPreprocessing(model.preprocessing ?? new Map()),
    operators: summary.operators.map(({ output, ...row }) => ({ ...row, shape: output.shape, dtype: output.dtype })),
    totals: {
      macs: summary.macs,
      parameterBytes: summary.parameterBytes,
      activationBytes: summary.activationBytes,
    },
    plan: { to, arenaBytes, lowerBoundBytes, stateBytes },
    transposes: transposesOf(summary),
    passes: Object.fromEntries(countRules(applied)),
    notes: model.notes,
  };
}

function portJson({ name, type }: PortSummary) {
  const { dtype, shape, quantization: q } = type;
  const perTensor = q.kind === 'per-tensor';
  return { name, dtype, shape, scale: perTensor ? q.scale : null, zeroPoint: perTensor ? q.zeroPoint : null };
}

function inspectText(
  model: LoadedModel,
  summary: ModelSummary,
  plan: MemoryPlan,
  to: PackageKind,
  color: boolean,
): string {
  const rules = [...countRules(model.applied)].map(([rule, count]) => `${rule} ${count}`).join(', ');
  const slack =
    plan.arenaBytes === plan.lowerBoundBytes
      ? 'which no plan of these steps can undercut'
      : `lower bound ${formatBytes(plan.lowerBoundBytes)}`;
  return [
    renderPairs([
      ['model', `${model.fileName}, ${formatBytes(model.fileBytes)}`],
      ['producer', summary.producer],
      ...summary.inputs.map((port) => ['input', portText(port)] as const),
      ...summary.outputs.map((port) => ['output', portText(port)] as const),
      ...preparedLines(shownPreprocessing(model.preprocessing ?? new Map())),
    ]),
    '',
    operatorTable(summary, color),
    '',
    renderPairs([
      ['MACs', summary.macs],
      ['parameters', [formatBytes(summary.parameterBytes), ...storageTexts(model.graph.storage.values())].join('; ')],
      [`arena (${to})`, `${formatBytes(plan.arenaBytes)}, ${slack}`],
      ...(plan.stateBytes === 0
        ? []
        : [['state', `${formatBytes(plan.stateBytes)} of the arena, kept between runs`] as const]),
      ['transposes', transposeText(transposesOf(summary))],
      ['passes', rules === '' ? 'changed nothing' : rules],
    ]),
  ].join('\n');
}

/** How many transposes are left after the layout passes, and how many elements they move in a run. */
function transposesOf({ operators }: ModelSummary): { readonly count: number; readonly elements: number } {
  const left = operators.filter(({ operator }) => operator === 'transpose');
  return { count: left.length, elements: left.reduce((sum, { output }) => sum + elementCount(output.shape), 0) };
}

function transposeText({ count, elements }: ReturnType<typeof transposesOf>): string {
  return count === 0 ? 'none left' : `${count} left, which move ${elements.toLocaleString('en-US')} elements`;
}

function portText({ name, type }: PortSummary): string {
  const q = type.quantization;
  const quantized = q.kind === 'per-tensor' ? `, scale ${showNumber(q.scale)}, zero point ${q.zeroPoint}` : '';
  return `"${printable(name)}" ${type.dtype} ${formatShape(type.shape)}${quantized}`;
}

/** Longest operator name that is shown in full. */
const nameWidth = 56;

function operatorTable(summary: ModelSummary, color: boolean): string {
  const titles = ['#', 'operator', 'output', 'dtype', 'MACs', 'parameters B', 'activation B'];
  const rows: Cell[][] = summary.operators.map((row) => [
    row.index,
    row.name.length > nameWidth ? `${row.name.slice(0, nameWidth - 3)}...` : row.name,
    formatShape(row.output.shape),
    row.output.dtype,
    row.macs,
    row.parameterBytes,
    row.activationBytes,
  ]);
  const header = columns(titles, rows);
  const total: Cell[] = ['', 'total', '', '', summary.macs, summary.parameterBytes, summary.activationBytes];
  return renderTable(header, [...rows, total], { color });
}
