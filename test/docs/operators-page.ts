import { cKernelNeeds, cProblems } from '../../converter/backends/c/kernels.ts';
import { wasmKernelNeeds, wasmProblems } from '../../converter/backends/wasm/needs.ts';
import { namedFunctions } from '../../converter/frontends/activation-functions.ts';
import { translations as keras } from '../../converter/frontends/keras/ops/table.ts';
import { translations as onnx } from '../../converter/frontends/onnx/ops/table.ts';
import { expansions } from '../../converter/frontends/onnx/quantized/expand.ts';
import { translations as tfjs } from '../../converter/frontends/tfjs/ops/table.ts';
import { builtinOperator } from '../../converter/frontends/tflite/format/schema/builtin-operator.ts';
import { translations as tflite } from '../../converter/frontends/tflite/ops/table.ts';
import { GraphBuilder } from '../../converter/ir/builder.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { graphViolations } from '../../converter/ir/verify.ts';
import type { OpType } from '../../converter/ops/op.ts';
import { outputShapes } from '../../converter/ops/registry.ts';
import { lowerGraph } from '../../converter/plan/lower.ts';
import { type DType, dtypeBytes } from '../../converter/tensor/dtype.ts';
import { type OperatorExample, operatorExamples } from './operator-examples.ts';

/** `docs/operators.md`, from the tables of the front ends and by trying every operator with every dtype. */
export function operatorsPage(): string {
  return `# Operators

This page is generated: \`THIMBLE_UPDATE_GOLDEN=1 npx vitest run test/docs\` writes it anew. How often each name was tried against outputs
of others, and what of it is refused, stands in [conformance.md](conformance.md).

## What can be read

A model with any other operator is refused; \`thimble inspect\` lists all that stand in the way, with their places. Attributes that a name
has and we do not translate are refused by name too: nothing is left out without a word.

### TFLite builtins (${countOf(tflite, builtinOperator)} of ${builtinOperator.length})

${listed([...tflite.keys()].filter(isBuiltin))}

Not read, beside ${unread.length - plainUnread.length} of the names that begin with \`STABLEHLO_\`: ${listed(plainUnread)}
${others(
  'Custom operators that are read: ',
  [...tflite.keys()].filter((name) => !isBuiltin(name)),
)}
### ONNX

${onnxNames()}

### Keras layers (${keras.size})

Of .h5 files, .keras archives, architectures in JSON, and TensorFlow.js layers models; models within models, and the activations
${listed([...namedFunctions.keys(), 'softmax', 'leaky_relu', 'hard_sigmoid'])}.

${listed([...keras.keys()])}

### TensorFlow.js graph models (${tfjs.size})

${listed([...tfjs.keys()])}

## What models become

Front ends translate all these names into few canonical operators. A column is the dtype of the data, a letter a place where it runs:
**r**eference evaluator, **W**ASM, **C**. float32 data may have int8 weights (dynamic-range quantization) in the first three.

${canonicalTable()}
`;
}

const builtins: ReadonlySet<string> = new Set(builtinOperator);
const isBuiltin = (name: string) => builtins.has(name);

/** Names that stand in the schema and in no file of ours to read. */
const notForFiles: ReadonlySet<string> = new Set(['PLACEHOLDER_FOR_GREATER_OP_CODES', 'CUSTOM', 'DELEGATE']);

const unread = builtinOperator.filter((name) => !tflite.has(name) && !notForFiles.has(name));
const plainUnread = unread.filter((name) => !name.startsWith('STABLEHLO_'));

function countOf(table: ReadonlyMap<string, unknown>, names: readonly string[]): number {
  return names.filter((name) => table.has(name)).length;
}

function listed(names: readonly string[]): string {
  return (
    wrapped(
      [...names]
        .sort()
        .map((name) => `\`${name}\``)
        .join(', '),
    ) || 'none'
  );
}

function others(start: string, names: readonly string[]): string {
  return names.length === 0 ? '' : `\n${start}${listed(names)}\n`;
}

/** Names by domain; the default domain has none in front. */
function onnxNames(): string {
  const byDomain = new Map<string, string[]>();
  for (const key of [...onnx.keys(), ...expansions.keys()]) {
    const at = key.lastIndexOf(':');
    const domain = at <= 0 ? 'ai.onnx' : key.slice(0, at);
    // Of our own making, never in a file.
    if (domain === 'thimble') continue;
    byDomain.set(domain, [...(byDomain.get(domain) ?? []), key.slice(at + 1)]);
  }
  return [...byDomain]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([domain, names]) => `Domain ${domain} (${names.length}): ${listed(names)}`)
    .join('\n\n');
}

/** Lines of at most 140 columns. */
function wrapped(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > 140) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join('\n');
}

const dtypes = Object.keys(dtypeBytes) as readonly DType[];

function canonicalTable(): string {
  const rows = (Object.keys(operatorExamples) as OpType[]).map((type) => {
    const example: OperatorExample<OpType> = operatorExamples[type];
    return `| \`${type}\` | ${example.summary} | ${dtypes.map((dtype) => supportOf(example, dtype)).join(' | ')} |`;
  });
  const head = ['operator', 'what it computes', ...dtypes];
  return [`| ${head.join(' | ')} |`, `| --- | --- |${dtypes.map(() => ' --- |').join('')}`, ...rows].join('\n');
}

/** Where a node of this dtype runs, as letters; empty for nowhere. */
export function supportOf(example: OperatorExample<OpType>, dtype: DType): string {
  const graph = graphOf(example, dtype);
  if (graphViolations(graph).length > 0) return '';
  const isOnWasm = wasmProblems(lowerGraph(graph, wasmKernelNeeds)).length === 0;
  const isInC = cProblems(lowerGraph(graph, cKernelNeeds)).length === 0;
  return ['r', isOnWasm ? 'W' : '', isInC ? 'C' : ''].join('');
}

function graphOf({ op, inputs, output }: OperatorExample<OpType>, dtype: DType): Graph {
  const builder = new GraphBuilder();
  const ids = inputs(dtype).map((operand, i) => {
    return 'data' in operand ? builder.constant(`c${i}`, operand) : builder.input(`x${i}`, operand);
  });
  const shapes = outputShapes(
    op,
    ids.map((id) => builder.typeOf(id)),
  );
  const results = shapes.map((shape, i) => ({ name: `y${i}`, type: { ...output(dtype, i), shape } }));
  builder.nodeOfMany(op.type, op, ids, results).forEach((id, i) => {
    builder.output(`y${i}`, id);
  });
  return builder.build('example', '', 'exact');
}
