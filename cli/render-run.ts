import { formatShape } from '../converter/tensor/shape.ts';
import type { Accuracy } from './accuracy.ts';
import type { DeviceUse } from './engine/engine.ts';
import type { OutputTensor } from './output/save.ts';
import { type Cell, columns, renderPairs, renderTable } from './output/table.ts';
import { formatBytes, formatCount, printable } from './output/text.ts';
import { isClassList, showNumber, topValues, valuesOf } from './values.ts';

/** Elements that are shown of an output which is no list of classes. */
const shownElements = 8;

/** The outputs of one inference: the largest values of a list of classes, the first elements of anything else. */
export function outputsText(
  outputs: readonly OutputTensor[],
  labels: readonly string[] | null,
  top: number,
  color: boolean,
): string {
  return outputs.map((output, i) => outputText(output, i === 0 ? labels : null, top, color)).join('\n\n');
}

function outputText(output: OutputTensor, labels: readonly string[] | null, top: number, color: boolean): string {
  const head = `output "${printable(output.name)}" ${output.dtype} ${formatShape(output.shape)}`;
  if (!isClassList(output)) {
    const values = valuesOf(output, 0, shownElements).map(({ value }) => showNumber(value));
    const more = output.data.length > shownElements ? ', ...' : '';
    return `${head}\n  ${values.join(', ')}${more}`;
  }
  const rows = topValues(output, top).map(({ index, value, stored }): Cell[] => [
    String(index),
    ...(labels === null ? [] : [labels[index] ?? '']),
    showNumber(value),
    ...(output.scale === null ? [] : [String(stored)]),
  ]);
  const titles = [
    'class',
    ...(labels === null ? [] : ['label']),
    'value',
    ...(output.scale === null ? [] : ['stored']),
  ];
  return `${head}\n${renderTable(columns(titles, rows), rows, { color, indent: 2 })}`;
}

/** `model.tflite on wasm: 451 of 500 right (90.2 %)`, and the top five where there are many classes. */
export function accuracyText(model: string, target: string, { total, top1, top5 }: Accuracy): string {
  const share = (right: number) => `${right} of ${total} right (${((100 * right) / Math.max(1, total)).toFixed(1)} %)`;
  return `${model} on ${target}: ${share(top1)}${top5 === null ? '' : `, top five: ${share(top5)}`}`;
}

/** Instructions and memory that an emulated board measured. */
export function deviceText(device: DeviceUse, color: boolean): string {
  const exact = device.counter === 'plugin' ? '' : ', to 40 instructions';
  const sram = [`arena ${device.arenaBytes}`, `static ${device.staticBytes}`, `stack ${device.stackBytes}`].join(' + ');
  const pairs = renderPairs([
    ['board', device.machine],
    ['instructions', `${formatCount(device.instructions)}${exact}`],
    ...(device.cycles === null
      ? []
      : [['cycles', `${formatCount(device.cycles)}, flash without wait states`] as const]),
    ['SRAM', `${formatBytes(device.sramBytes)}: ${sram}`],
    ['code flash', formatBytes(device.codeFlashBytes)],
    ['weight flash', formatBytes(device.weightFlashBytes)],
  ]);
  if (device.layers.length === 0) return pairs;
  const rows = device.layers.map(({ layer, name, instructions }): Cell[] => [layer, name, instructions]);
  return `${pairs}\n\n${renderTable(columns(['layer', 'operator', 'instructions'], rows), rows, { color })}`;
}
