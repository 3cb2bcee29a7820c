import { isProduct } from '../../converter/compress/product.ts';
import type { Interval } from '../../converter/compress/quantize/report/bootstrap.ts';
import type { OutputReport } from '../../converter/compress/quantize/report/outputs.ts';
import type { TensorError } from '../../converter/compress/quantize/report/tensor-errors.ts';
import { worstFirst } from '../../converter/compress/quantize/report/worst-first.ts';
import { type Cell, renderPairs, renderTable } from '../output/table.ts';
import { calibrationText, findingsText, selectionText } from './render-samples.ts';
import type { QuantizationResult } from './result.ts';

/** Tensors shown, the worst first. */
const shownTensors = 12;
const shownNames = 10;

/** The report as text. */
export function quantizationText(file: string, result: QuantizationResult, color: boolean): string {
  const { quantized, errors, outputs, gains, advice, note, sampleCount, findings, selection } = result;
  const { keptReal, formats } = quantized;
  const stored = [...formats.values()].filter((format) => format !== 'float32').length;
  const parts = [
    `${file}: ${stored} of ${formats.size} layers on integers, calibrated on ${sampleCount} samples`,
    ...(note === null ? [] : [note]),
    ...(findings.length === 0 ? [] : [findingsText(findings)]),
    ...(selection === null ? [] : [selectionText(selection)]),
    ...(keptReal.length === 0 ? [] : [`Layers that stay real:\n${keptReal.map(keptLine).join('\n')}`]),
    `Tensors, the worst first (dB, real values over error: felt by those who read it when this layer alone is rounded; in its result alone; with all before it)\n${tensorTable(errors, color)}`,
    `Outputs\n${renderPairs(outputPairs(outputs), 2)}`,
    ...(outputs.flips.length === 0 ? [] : [flipText(outputs)]),
    `Done\n${renderPairs(donePairs(result), 2)}`,
    ...(gains === null ? [] : [`What each step gained\n${gainTable(gains, color)}`]),
    ...(advice.length === 0 ? [] : [`What would help next\n${advice.map((line) => `  ${line}`).join('\n')}`]),
  ];
  return parts.join('\n\n');
}

function keptLine({ node, reason }: QuantizationResult['quantized']['keptReal'][number]): string {
  return `  ${node.name}: ${reason}`;
}

function tensorTable(errors: readonly TensorError[], color: boolean): string {
  const worst = worstFirst(errors).slice(0, shownTensors);
  const rows = worst.map((error): Cell[] => [
    error.layer ?? `input "${error.name}"`,
    error.type.dtype,
    error.feltDb.toFixed(1),
    error.injectedDb.toFixed(1),
    error.accumulatedDb.toFixed(1),
    `${number(error.min)} ... ${number(error.max)}`,
    error.observer ?? '-',
    percent(error.saturated),
    number(error.channelSpread),
    String(error.deadChannels),
    String(error.saturatedChannels),
  ]);
  const left = (title: string) => ({ title, align: 'left' }) as const;
  const right = (title: string) => ({ title, align: 'right' }) as const;
  const columns = [
    left('made by'),
    left('type'),
    right('felt dB'),
    right('alone dB'),
    right('in all dB'),
    right('range seen'),
    left('range by'),
    right('at the ends'),
    right('channel spread'),
    right('dead'),
    right('saturated'),
  ];
  return renderTable(columns, rows, { color, indent: 2 });
}

function outputPairs({ samples, agreement, cosine, divergence, accuracy }: OutputReport) {
  return [
    ['samples', String(samples)],
    ['largest output agrees', interval(agreement)],
    ['cosine', cosine.toFixed(6)],
    ...(divergence === null ? [] : [['divergence', `${divergence.toFixed(5)} nats`] as const]),
    ...(accuracy === null
      ? []
      : [
          ['right, float', interval(accuracy.real)] as const,
          ['right, integers', interval(accuracy.stored)] as const,
          ['difference', interval(accuracy.difference)] as const,
        ]),
  ] as const satisfies readonly (readonly [string, string])[];
}

function flipText({ flips }: OutputReport): string {
  const shown = flips.slice(0, shownNames).map(({ name, label, real, stored }) => {
    return `  ${name}: ${real} became ${stored}${label === null ? '' : `, right is ${label}`}`;
  });
  const more = flips.length > shownNames ? [`  and ${flips.length - shownNames} more`] : [];
  return ['Samples that flipped', ...shown, ...more].join('\n');
}

function donePairs(result: QuantizationResult): (readonly [string, string])[] {
  const { quantized, errors, remedies, calibration } = result;
  const { equalized, absorbed } = quantized.prepared;
  const observers = new Map<string, number>();
  for (const { observer } of errors) if (observer !== null) observers.set(observer, (observers.get(observer) ?? 0) + 1);
  const widest = [...equalized].sort((a, b) => b.spreadBefore - a.spreadBefore)[0];
  return [
    ['calibration', calibrationText(calibration)],
    ['ranges', [...observers].map(([name, count]) => `${count} by ${name}`).join(', ') || 'none'],
    ...(widest === undefined
      ? []
      : [
          [
            'equalized',
            `${equalized.length} pairs of layers; ${widest.name}: channels differed ${number(widest.spreadBefore)}-fold, now ${number(widest.spreadAfter)}-fold`,
          ] as const,
        ]),
    ...(absorbed.length === 0
      ? []
      : [['biases absorbed', absorbed.map(({ name, channels }) => `${channels} of ${name}`).join(', ')] as const]),
    ['weights', `${weightLayers(quantized)} layers ${roundingText[remedies.rounding]}`],
    ...(remedies.correctBias ? [['biases corrected', 'the mean error of rounded weights left them'] as const] : []),
  ];
}

const roundingText = { 'second-order': 'rounded by second order', nearest: 'to the nearest integers' } as const;

/** Layers with weights that are integers now. */
function weightLayers({ prepared: { graph }, formats }: QuantizationResult['quantized']): number {
  return graph.nodes.filter((node) => isProduct(node) && formats.get(node.id) !== 'float32').length;
}

function gainTable(gains: NonNullable<QuantizationResult['gains']>, color: boolean): string {
  const rows = gains.map(({ step, agreement, cosine, accuracy }): Cell[] => [
    step,
    percent(agreement),
    cosine.toFixed(6),
    accuracy === null ? '-' : percent(accuracy),
  ]);
  const columns = [
    { title: 'with', align: 'left' },
    { title: 'agrees', align: 'right' },
    { title: 'cosine', align: 'right' },
    { title: 'right', align: 'right' },
  ] as const;
  return renderTable(columns, rows, { color, indent: 2 });
}

function interval({ value, low, high }: Interval): string {
  return `${percent(value)} (95 %: ${percent(low)} to ${percent(high)})`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function number(value: number): string {
  if (value === 0) return '0';
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
