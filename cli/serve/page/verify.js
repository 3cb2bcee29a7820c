// @ts-check
/*
 * The runs that `thimble verify` compares, in this browser: with the reference evaluator, or the variants with each other where there is none.
 */

import { difference } from './compare.js';
import { element, make, pause, showNumber, table, tell } from './elements.js';
import { openSession, runnable } from './session.js';
import { fromBase64, fromBytes, randomOf, realsOf } from './tensors.js';

/** @import { TensorArray, TensorArrays, TensorInfo } from '../../../runtime-wasm/tensors.js' */
/** @import { Variant } from '../../../runtime-wasm/variants.js' */
/** @import { About } from '../about.ts' */
/** @import { AnyModel, BundleInfo, BundleModule } from './session.js' */

/** What goes in, and what should come out: one for each width, the whole model alone where there are no others. */
/** @typedef {{ readonly inputs: TensorArrays, readonly outputs: readonly TensorArrays[] }} Run */

/** Runs of random inputs, where there is no reference. */
const ownRuns = 3;

/** @type {Run[]} */
const known = [];

/** Whether there is anything to compare with. @param {About} about @param {BundleInfo} info */
export function isVerifiable({ reference }, info) {
  return reference.runs > 0 || runnable(info).length > 1;
}

/** How runs are judged, for the page. @param {About} about @param {BundleInfo} info */
export function howVerified({ reference }, info) {
  const judged = 'Integers have to be equal to the bit, floats within 0.0001 of the largest value.';
  if (reference.runs > 0) {
    const runs = reference.runs === 1 ? 'A random input' : `${reference.runs} random inputs`;
    return `${runs}, computed by the reference evaluator in the command and by the model here. ${judged}`;
  }
  const others = runnable(info).length > 1 ? `Variants are compared with each other instead. ${judged}` : '';
  const { why } = reference;
  return `There is no reference: ${why}. ${others}`;
}

/**
 * Verifies variants with a number of threads, and shows each output of each.
 * @param {BundleModule} bundle
 * @param {About} about
 * @param {readonly Variant[]} variants
 * @param {number | 'auto'} threads
 */
export async function verify(bundle, about, variants, threads) {
  const { info } = bundle;
  const hasReference = about.reference.runs > 0;
  if (!hasReference && known.length === 0) await remember(bundle);
  /** @type {(readonly (Node | string)[])[]} */
  const rows = [];
  let differing = 0;
  for (const variant of variants) {
    const { model } = await openSession(bundle, { variant, threads });
    model.reset?.();
    /** @type {Run[]} */
    const expected = [];
    /** @type {(readonly TensorArrays[])[]} */
    const found = [];
    for (let i = 0; i < (hasReference ? about.reference.runs : ownRuns); i++) {
      tell(`Verifying ${variant}: run ${i + 1}. ${hasReference ? 'The reference is exact, and slow.' : ''}`);
      await pause();
      const run = hasReference ? await referenceRun(info, i) : known[i];
      if (run === undefined) break;
      expected.push(run);
      found.push(runWidths(info, model, run.inputs));
    }
    const running = `${variant}, ${model.threads.count === 1 ? '1 thread' : `${model.threads.count} threads`}`;
    for (const [at, width] of widthsOf(info).entries()) {
      for (const [name, tensor] of Object.entries(info.outputs)) {
        const pairs = expected.map(({ outputs }, i) => [outputs[at]?.[name], found[i]?.[at]?.[name]]);
        const wrong = firstWrong(about, tensor, name, pairs);
        differing += wrong === null ? 0 : 1;
        const equal = `equal in ${found.length} of ${found.length}`;
        const verdict = make('span', { class: wrong === null ? 'equal' : 'differs' }, wrong ?? equal);
        const share = width === undefined || width === 1 ? '' : `, width ${width}`;
        rows.push([running + share, name, verdict]);
      }
    }
    model.dispose();
  }
  const caption = hasReference ? 'Against the reference evaluator' : 'Against the plainest variant';
  const columns = [{ title: 'Variant' }, { title: 'Output' }, { title: 'Result' }];
  element('verified').replaceChildren(table(caption, columns, rows));
  const names = variants.join(', ');
  tell(
    differing === 0
      ? `Verified: all outputs of ${names} are equal.`
      : `${differing === 1 ? '1 output differs' : `${differing} outputs differ`}: see Verify.`,
  );
}

/**
 * The first run whose output differs, in words; null where none does.
 * @param {About} about
 * @param {TensorInfo} tensor
 * @param {string} name
 * @param {readonly (readonly (TensorArray | undefined)[])[]} pairs what is expected, and what was found
 */
function firstWrong({ floatTolerance }, tensor, name, pairs) {
  const isFloat = tensor.dtype.startsWith('float');
  if (pairs.length === 0) return 'nothing was compared';
  for (const [i, [wanted, got]] of pairs.entries()) {
    if (wanted === undefined || got === undefined) return 'there is no output of this name';
    const [a, b] = isFloat ? [realsOf(name, tensor, wanted), realsOf(name, tensor, got)] : [wanted, got];
    const wrong = difference(a, b, isFloat ? floatTolerance : 0);
    if (wrong === null) continue;
    const { index, count } = wrong;
    const [should, is] = [showNumber(wrong.expected), showNumber(wrong.actual)];
    return `differs in run ${i + 1}: element ${index} is ${is}, should be ${should} (${count} of ${wanted.length} differ)`;
  }
  return null;
}

/** The widths of a nested model, the whole first; of any other model one without a name. @param {BundleInfo} info */
const widthsOf = ({ widths }) => (widths === undefined ? [undefined] : [...widths].reverse());

/**
 * The outputs of all widths.
 * @param {BundleInfo} info
 * @param {AnyModel} model
 * @param {TensorArrays} inputs
 */
function runWidths(info, model, inputs) {
  return widthsOf(info).map((width) => model.run(inputs, width === undefined ? undefined : { width }));
}

/**
 * @param {BundleInfo} info
 * @param {number} index
 * @returns {Promise<Run>}
 */
async function referenceRun(info, index) {
  const found = known[index];
  if (found !== undefined) return found;
  const answer = await fetch(`reference.json?run=${index}`);
  if (!answer.ok) throw new Error(`the reference evaluator does not answer: ${await answer.text()}`);
  const { inputs, outputs } = await answer.json();
  const run = { inputs: tensors(info.inputs, inputs), outputs: [tensors(info.outputs, outputs)] };
  known[index] = run;
  return run;
}

/**
 * @param {{ readonly [name: string]: TensorInfo }} infos
 * @param {{ readonly [name: string]: string }} texts
 * @returns {TensorArrays}
 */
function tensors(infos, texts) {
  return Object.fromEntries(
    Object.entries(infos).map(([name, info]) => [name, fromBytes(info, fromBase64(texts[name] ?? ''))]),
  );
}

/** What the plainest variant makes of random inputs. @param {BundleModule} bundle */
async function remember(bundle) {
  const { info } = bundle;
  const plainest = runnable(info).at(-1);
  if (plainest === undefined) return;
  const { model } = await openSession(bundle, { variant: plainest, threads: 1 });
  for (let i = 0; i < ownRuns; i++) {
    const inputs = Object.fromEntries(
      Object.entries(info.inputs).map(([name, tensor], k) => [name, randomOf(tensor, 1 + i + 100 * k)]),
    );
    known.push({ inputs, outputs: runWidths(info, model, inputs) });
  }
  model.dispose();
}
