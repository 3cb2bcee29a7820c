import type { Cell } from '../../cli/output/table.ts';
import { block, mark, perMac } from '../report.ts';
import { formatRatio, ratio } from '../statistics.ts';
import type { FloatFigure, FloatRun } from './measure.ts';

/** The table of the float32 models: at most half of onnx2c's instructions, and at most its static memory. */
export function floatsReport(figures: readonly FloatFigure[]): string {
  const runs = figures.filter((figure) => 'cpu' in figure);
  const skipped = figures.flatMap((figure) => ('skipped' in figure ? [`${figure.id}: ${figure.skipped}`] : []));
  const titles = [
    ...['model', 'processor', 'MACs', 'instructions', 'per MAC', 'onnx2c -O3', 'ours/it', 'limit (half)', 'holds'],
    ...['arena+static', 'onnx2c with inputs and outputs', 'not above it', 'our stack'],
  ];
  const table = runs.length === 0 ? [] : [block('Float32, instructions per inference', titles, runs.map(row))];
  return [...table, ...skipped].join('\n\n');
}

function row({ id, cpu, macs, instructions, ramBytes, stackBytes, onnx2c }: FloatRun): Cell[] {
  const limit = onnx2c === null ? null : Math.floor(onnx2c.instructions / 2);
  return [
    ...[id, cpu, macs, instructions, perMac(instructions, macs)],
    ...[onnx2c?.instructions ?? null, formatRatio(ratio(instructions, onnx2c?.instructions)), limit],
    ...[limit === null ? null : mark(instructions <= limit), ramBytes, onnx2c?.ramBytes ?? null],
    ...[onnx2c === null ? null : mark(ramBytes <= onnx2c.ramBytes), stackBytes],
  ];
}
