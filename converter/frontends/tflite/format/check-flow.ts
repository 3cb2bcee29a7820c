import type { TfliteOperator, TfliteSubgraph, TfliteTensor } from './model.ts';
import { operatorPlace, tensorPlace } from './place.ts';
import { listNumbers, type ProblemList } from './problems.ts';

const advice = 'the graph was cut or edited wrongly: export the model again';

/**
 * Checks that the operators of a subgraph can be executed in the order in which they are listed: tensor indices in range; every
 * tensor that is read is an input, a constant, a variable or the output of an earlier operator; no tensor has two producers; nothing
 * that flows is empty.
 */
export function checkFlow(subgraph: TfliteSubgraph, prefix: string, problems: ProblemList): void {
  const { tensors, operators, inputs, outputs } = subgraph;
  const graphPlace = prefix === '' ? 'the model' : prefix.replace(/, $/, '');
  checkIndices(inputs, 0, tensors, graphPlace, 'input', problems);
  checkIndices(outputs, 0, tensors, graphPlace, 'output', problems);

  const producers = firstProducers(operators);
  const inputSet: ReadonlySet<number> = new Set(inputs);
  const ready = new Set(inputs);
  for (const tensor of tensors) if (tensor.data !== null || tensor.isVariable) ready.add(tensor.index);
  for (const operator of operators) {
    const place = prefix + operatorPlace(operator, tensors);
    checkIndices(operator.inputs, -1, tensors, place, 'input', problems);
    checkIndices(operator.outputs, 0, tensors, place, 'output', problems);
    checkIndices(operator.intermediates, -1, tensors, place, 'intermediate', problems);
    for (const index of new Set(operator.inputs)) {
      const tensor = tensors[index];
      if (tensor !== undefined && !ready.has(index)) {
        const what = `it reads ${tensorPlace(tensor)}, ${whyNotReady(operator, producers.get(index), tensors)}`;
        problems.add({ code: producers.has(index) ? 'tflite-order' : 'tflite-dangling', where: place, what, advice });
      }
    }
    checkWrites(operator, producers, inputSet, tensors, place, problems);
    for (const index of operator.outputs) ready.add(index);
  }
  for (const index of outputs) {
    const tensor = tensors[index];
    if (tensor === undefined || ready.has(index)) continue;
    const what = `its output ${tensorPlace(tensor)} is produced by no operator`;
    problems.add({ code: 'tflite-dangling', where: graphPlace, what, advice });
  }
  checkEmpty(tensors, inputSet, producers, prefix, problems);
}

function firstProducers(operators: readonly TfliteOperator[]): ReadonlyMap<number, TfliteOperator> {
  const producers = new Map<number, TfliteOperator>();
  for (const operator of operators) {
    for (const index of operator.outputs) if (!producers.has(index)) producers.set(index, operator);
  }
  return producers;
}

function whyNotReady(
  reader: TfliteOperator,
  producer: TfliteOperator | undefined,
  tensors: readonly TfliteTensor[],
): string {
  if (producer === undefined) return 'which is no input, has no data and is produced by no operator';
  if (producer === reader) return 'which is its own output';
  return `which ${operatorPlace(producer, tensors)} produces only later`;
}

function checkWrites(
  operator: TfliteOperator,
  producers: ReadonlyMap<number, TfliteOperator>,
  inputs: ReadonlySet<number>,
  tensors: readonly TfliteTensor[],
  place: string,
  problems: ProblemList,
): void {
  const seen = new Set<number>();
  for (const index of operator.outputs) {
    const tensor = tensors[index];
    if (tensor === undefined) continue;
    const producer = producers.get(index);
    let fault: string | null = null;
    if (tensor.data !== null && tensor.data.length > 0) fault = 'which is a constant';
    else if (inputs.has(index)) fault = 'which is an input of the model';
    else if (seen.has(index)) fault = 'twice';
    else if (producer !== undefined && producer !== operator && !tensor.isVariable) {
      fault = `which ${operatorPlace(producer, tensors)} produces already`;
    }
    seen.add(index);
    if (fault === null) continue;
    problems.add({
      code: 'tflite-overwritten',
      where: place,
      what: `it writes ${tensorPlace(tensor)}, ${fault}`,
      advice,
    });
  }
}

function checkIndices(
  indices: readonly number[],
  min: number,
  tensors: readonly TfliteTensor[],
  place: string,
  role: string,
  problems: ProblemList,
): void {
  const bad = indices.filter((index) => index < min || index >= tensors.length);
  if (bad.length === 0) return;
  problems.add({
    code: 'tflite-index',
    where: place,
    what: `${role} tensors ${listNumbers(bad)} do not exist; there are ${tensors.length} tensors`,
    advice: 'the file is damaged: download or export it again',
  });
}

/** Constants may be empty (the shape of a scalar is), but a dimension of 0 in an activation is always a mistake. */
function checkEmpty(
  tensors: readonly TfliteTensor[],
  inputs: ReadonlySet<number>,
  producers: ReadonlyMap<number, TfliteOperator>,
  prefix: string,
  problems: ProblemList,
): void {
  for (const tensor of tensors) {
    if (!tensor.shape.includes(0) || !(inputs.has(tensor.index) || producers.has(tensor.index))) continue;
    problems.add({
      code: 'tflite-zero-dim',
      where: prefix + tensorPlace(tensor),
      what: `shape ${listNumbers(tensor.shape)} has a dimension of 0`,
      advice: 'export the model with fixed, non-empty input shapes',
    });
  }
}
