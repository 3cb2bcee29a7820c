import type { MemoryPlan } from '../../../plan/plan.ts';
import type { Program } from '../../../plan/program.ts';
import type { EmittedVariants, TensorPlace } from '../emit-module.ts';
import type { EmittedWidths } from '../nested/emit.ts';
import type { Variant } from '../variant.ts';
import { feedOf, sharesOf, usualCarrying } from './index-js.ts';
import { isInlined, npmName, type WasmBundleOptions, weightsPath } from './options.ts';
import { arrayClass, tensorSentence } from './tensors.ts';

const needs: { readonly [V in Variant]: string } = {
  dot: 'relaxed SIMD whose int8 dot product is exact here, which `load` tests',
  madd: 'relaxed SIMD',
  simd128: 'SIMD',
};

/** `README.md` of a bundle: an example that runs, the tensors, the memory. */
export function readme(
  emitted: EmittedVariants,
  program: Program,
  plan: MemoryPlan,
  options: WasmBundleOptions,
  nested: EmittedWidths | null = null,
): string {
  const { modules } = emitted;
  const carrying = usualCarrying(emitted);
  const { inputs, outputs, constantBytes } = emitted.layout;
  const name = npmName(options.packageName);
  const made = options.commandLine === '' ? '' : `\nMade by \`${options.commandLine}\`.\n`;
  return `# ${name}

The model "${program.name}" as WebAssembly: this model's own code and weights, nothing else. It runs in browsers, workers,
Node.js, Deno and Bun, needs SIMD (every current engine has it), and works under the content security policy
\`script-src 'self' 'wasm-unsafe-eval'\`.
${made}
## Use

\`\`\`js
import { load } from '${name}'; // or './index.js' in this folder

const model = await load();
${inputs.map(exampleInput).join('\n')}
const outputs = model.run({ ${inputs.map(({ name }, i) => `${JSON.stringify(name)}: input${i}`).join(', ')} });
${outputs.map(exampleOutput).join('\n')}
\`\`\`

\`run\` is synchronous and gives copies. Without any copy: fill \`model.inputs[name].view\`, call
\`model.execute()\`, read \`model.outputs[name].view\` before the next call. Inputs must be filled anew each time, since their memory is used again.

${feedText(emitted, options)}${estimateText(options)}## Entry points

| import from | what it is |
|---|---|
| \`${name}\` | code and weights ${carrying === 'inside' ? 'are inside of the script: nothing to deploy, no path to set' : 'are files beside the script'} |
| \`${name}/external\` | code and weights are files beside the script, found by \`new URL(..., import.meta.url)\` |
| \`${name}/worker\` | the same calls as promises, in a worker: \`await model.run(inputs, { signal, transfer: true })\` |
| \`${name}/model.wasm\` | the code that runs everywhere, as a file |

\`load({ signal })\` can be ended by an \`AbortSignal\`. Code, weights and script know each other (\`info.abi\`): what is missing, cut short, of another
package or forbidden by a policy is one error that says what helps.

${statefulText(emitted)}${nested === null ? '' : widthText(nested, inputs)}## Variants

The code is there ${modules.length === 1 ? 'once' : `${modules.length} times`}, with one copy of the weights; \`load\` takes the quickest that this engine runs exactly, and
\`model.variant\` says which that is.

| variant | bytes | needs |
|---|--:|---|
${modules.map(({ variant, bytes }) => `| \`${variant}\` | ${bytes.length} | ${needs[variant]} |`).join('\n')}

\`load({ variant: '${modules[0]?.variant ?? 'simd128'}' })\` takes this one, or says why it cannot run here. \`load({ module, weights })\` takes other sources of
\`model.<variant>.wasm\` and \`model.weights\`: a URL, a \`Response\` or a promise of one, ${nested === null ? compiledText : 'or bytes.'} \`model.dispose()\` ends a model; memory goes with the last reference to it.

${threadText(emitted)}${startText(emitted)}${preparation(options)}## Tensors

| | name | class | content |
|---|---|---|---|
${[...inputs.map((place) => tensorRow('input', place)), ...outputs.map((place) => tensorRow('output', place))].join('\n')}

## Memory

| part | bytes |
|---|--:|
| weights and tables | ${constantBytes} |${shippedRow(emitted)}
| arena: inputs, outputs, what lies between, scratch | ${plan.arenaBytes} |
| least possible for this order of layers | ${plan.lowerBoundBytes} |
| whole pages of 64 KiB | ${emitted.layout.pages * 65536} |

\`thimble.json\` has the plan, the layers and where the model comes from.
`;
}

const compiledText = `bytes, or a compiled \`WebAssembly.Module\`. \`compile()\`
gives one: several models share it, and it can be posted to workers.`;

function widthText(nested: EmittedWidths, inputs: readonly TensorPlace[]): string {
  const shares = sharesOf(nested);
  const given = inputs.map(({ name }, i) => `${JSON.stringify(name)}: input${i}`).join(', ');
  return `## Widths

The package has ${shares.length} networks, narrower ones made of the most important channels: widths ${shares.join(', ')}, where 1 is the whole model.

\`\`\`js
const quick = model.run({ ${given} }, { width: ${shares[0] ?? 1} });
\`\`\`

Any may run at any time, in the same memory. Weights of narrower ones travel as what differs, and \`load\` spreads them out. Without any copy:
\`const narrow = model.width(${shares[0] ?? 1})\`, fill \`narrow.inputs\`, call \`narrow.execute()\`, read \`narrow.outputs\`. Another width is a \`RangeError\`.

`;
}

/** How long a run takes; empty where the bundle is for no phone in particular. */
function estimateText({ webEstimate }: WasmBundleOptions): string {
  if (webEstimate === null) return '';
  const { target, variant, core, p50Ms, p95Ms, weakestSource } = webEstimate;
  return `A run takes ${p50Ms} ms on ${target} as \`${variant}\`, in one thread on a ${core}, and up to ${p95Ms} ms in 95 of 100 cases: an estimate
whose weakest number is ${weakestSource}.

`;
}

/** How pictures or sound are classified; empty for a model whose input is neither. */
function feedText({ layout }: EmittedVariants, options: WasmBundleOptions): string {
  const feed = feedOf(layout, options);
  if (feed === null) return '';
  const sources = {
    picture: 'an `ImageData`, a canvas, an image or bitmap, a video or one of its frames',
    sound: 'an `AudioBuffer`, `{ sampleRate, channels }`, or a `Float32Array` of mono samples',
  }[feed.kind];
  return `\`model.classify(source)\` takes ${sources}, prepares it as the model wants it, runs, and gives
\`[{ index, label, score }]\`, the best first; \`model.prepare(source)\` gives the input alone.

`;
}

/** How inputs are prepared before they are quantized; empty where nothing is known. */
function preparation({ preprocessing }: WasmBundleOptions): string {
  if (preprocessing.length === 0) return '';
  return `## Inputs

What the model was given when it was made, of files with pixels of 0 to 255 or sound of -1 to 1:

${preprocessing.map(({ input, sentence }) => `- \`${input}\`: ${sentence}`).join('\n')}

`;
}

function shippedRow({ layout, constants }: EmittedVariants): string {
  if (layout.weightAddress === 0) return '';
  return `\n| of these in \`${weightsPath}\`, in fewer bytes, and expanded by \`load\` | ${constants.length} |`;
}

function threadText({ layout }: EmittedVariants): string {
  if (layout.controlAddress === null) return '';
  return `## Threads

\`load({ threads: 2 })\`, or \`load({ threads: 'auto' })\` for as many as there are processors (at most 4), runs the model in several threads with the same
results. They need shared memory: a page must be cross-origin isolated (headers \`Cross-Origin-Opener-Policy: same-origin\` and
\`Cross-Origin-Embedder-Policy: require-corp\`); Node.js has it. \`model.threads\` tells how many there are and in one line why they are not
more. \`run\` stays synchronous. Workers are started by \`load\` and join when they are ready; \`model.dispose()\` stops them. A compiled module is
for threads with \`compile({ threads: 2 })\`. Inputs and outputs in place are views of shared memory then; what \`run\` gives is not.

`;
}

function startText({ modules, constants }: EmittedVariants): string {
  const total = modules.reduce((sum, { bytes }) => sum + bytes.length, constants.length);
  if (isInlined(total)) return '';
  return `## Quick start of a page

A page that names the files in its head has them when the script asks for them:

\`\`\`html
<link rel="modulepreload" href="index.js">
<link rel="preload" href="${weightsPath}" as="fetch" crossorigin>
\`\`\`

`;
}

function statefulText({ layout }: EmittedVariants): string {
  if (layout.stateBytes === 0) return '';
  return `The model keeps ${layout.stateBytes} bytes of state from one run to the next. \`model.reset()\` forgets it; \`load\` gives a model that
has been reset.

`;
}

function exampleInput({ name, type, bytes }: TensorPlace, index: number): string {
  const real = `new Float32Array(${elementsOf(type.shape)})`;
  if (type.dtype !== 'float32' && type.quantization.kind === 'per-tensor') {
    return `const input${index} = model.quantize(${JSON.stringify(name)}, ${real}); // real numbers to ${type.dtype}`;
  }
  const count = type.dtype === 'float32' ? bytes / 4 : elementsOf(type.shape);
  return `const input${index} = new ${arrayClass[type.dtype]}(${count});`;
}

function exampleOutput({ name, type }: TensorPlace): string {
  const value = `outputs[${JSON.stringify(name)}]`;
  if (type.quantization.kind !== 'per-tensor') return `console.log(${value});`;
  return `console.log(model.dequantize(${JSON.stringify(name)}, ${value})); // as real numbers`;
}

function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function tensorRow(kind: string, place: TensorPlace): string {
  const cell = (text: string) => text.replaceAll('|', '\\|');
  return `| ${kind} | \`${cell(place.name)}\` | ${arrayClass[place.type.dtype]} | ${cell(tensorSentence(place))} |`;
}
