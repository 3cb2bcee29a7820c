// @ts-check
/*
 * The page of `thimble serve`: loads the bundle, runs it with what it is given, and shows what comes of it.
 */

import { obstacle } from '../../../runtime-wasm/variants.js';
import { describe, element, make, pause, showBytes, showMs, tell, tellError } from './elements.js';
import { setUpInputs } from './inputs.js';
import { addSample, clockTickMs, forgetSamples, runsPerSample, showLatency, timed } from './latency.js';
import { hideGiven, showGiven } from './preview.js';
import { setUpProfile } from './profile.js';
import { showResult } from './results.js';
import { openSession, prepareInput, variantsOf, whyVariant } from './session.js';
import { randomOf, showType } from './tensors.js';
import { howVerified, isVerifiable, verify } from './verify.js';

/** @import { TensorArray, TensorArrays } from '../../../runtime-wasm/tensors.js' */
/** @import { Variant } from '../../../runtime-wasm/variants.js' */
/** @import { About } from '../about.ts' */
/** @import { Given } from './inputs.js' */
/** @import { BundleModule, Session } from './session.js' */

/** Runs of the button. */
const benchRuns = 200;

/** While frames come, the result is said and the histogram drawn so often, in ms. */
const saidEvery = 3000;
const drawnEvery = 250;

/**
 * @param {BundleModule} bundle
 * @param {About} about
 * @param {Session} first
 */
function start(bundle, about, first) {
  const { info } = bundle;
  const tickMs = clockTickMs();
  /** @type {{ [name: string]: TensorArray }} */
  const values = {};
  let session = first;
  /** @type {TensorArrays | null} */
  let outputs = null;
  let isBusy = false;
  let [lastSaid, lastDrawn] = [0, 0];

  const threadsWished = () => {
    const { value } = element('threads');
    return value === 'auto' ? /** @type {const} */ ('auto') : Number(value);
  };
  const run = () => {
    const { width } = info.widths === undefined ? {} : { width: Number(element('width').value) };
    const made = session.model.run(values, width === undefined ? undefined : { width });
    outputs = made;
    return made;
  };
  /** Inputs that were not given are random, and it is said which. */
  const complete = () => {
    const missing = Object.keys(info.inputs).filter((name) => values[name] === undefined);
    for (const name of missing) {
      const tensor = info.inputs[name];
      if (tensor !== undefined) values[name] = randomOf(tensor, 1);
    }
    return missing;
  };
  const show = () => {
    if (outputs === null) return '';
    return showResult(info, about.labels, outputs, Number(element('top').value));
  };
  /** Does one thing after another, and tells where it fails. @param {() => Promise<void> | void} work */
  const alone = async (work) => {
    if (isBusy) return;
    isBusy = true;
    tellError();
    try {
      await work();
    } catch (error) {
      tellError(error);
    }
    isBusy = false;
  };

  /** @type {Given} */
  const take = (name, given, note, isLive) => {
    if (isBusy) {
      if (!isLive) tell('The model is at work: give it this again in a moment.');
      return;
    }
    const { feed } = given;
    const stored = 'source' in given ? prepareInput(session, info, about, given.feed, given.source) : given.stored;
    values[name] = stored;
    const missing = complete();
    const sample = timed(run, 1);
    addSample(sample);
    const said = show();
    const tensor = info.inputs[name];
    if (feed === null || tensor === undefined) hideGiven();
    else showGiven(feed, tensor, stored);
    const now = performance.now();
    if (!isLive || now - lastDrawn > drawnEvery) {
      showLatency(tickMs);
      lastDrawn = now;
    }
    if (isLive && now - lastSaid < saidEvery) return;
    lastSaid = now;
    element('announced').textContent = `${note}: ${said}`;
    const rest = missing.length === 0 ? '' : ` Random until given: ${missing.join(', ')}.`;
    if (!isLive) tell(`Ran with ${note} in ${showMs(sample.ms)}.${rest}`);
  };
  setUpInputs(info, about, take);

  const bench = () =>
    alone(async () => {
      complete();
      const runs = runsPerSample(run, tickMs);
      let painted = performance.now();
      for (let i = 1; i <= benchRuns; i++) {
        addSample(timed(run, runs));
        if (performance.now() - painted < 100) continue;
        tell(`Running: ${i} of ${benchRuns}.`);
        showLatency(tickMs);
        await pause();
        painted = performance.now();
      }
      session.model.reset?.();
      showLatency(tickMs);
      show();
      tell(`Ran ${benchRuns} times${runs === 1 ? '' : `, ${runs} runs each`}.`);
    });

  const reload = () =>
    alone(async () => {
      const variant = /** @type {Variant | 'auto'} */ (element('variant').value);
      const next = await openSession(bundle, { variant, threads: threadsWished() });
      session.model.dispose();
      session = next;
      forgetSamples();
      showLatency(tickMs);
      showSession();
      tell(`Loaded ${next.model.variant} in ${showMs(next.loadMs)}.`);
    });
  const showSession = () => {
    const { model, loadMs } = session;
    const { count, why } = model.threads;
    element('variant-why').textContent = whyVariant(info, model.variant, element('variant').value !== 'auto');
    const one = count === 1 ? '1 thread' : `${count} threads`;
    element('threads-why').textContent = why === '' || threadsWished() === 1 ? `${one}.` : `${one}: ${why}.`;
    showFacts(bundle, about, loadMs);
  };

  /** @param {readonly Variant[]} variants */
  const verifyThese = (variants) => alone(() => verify(bundle, about, variants, threadsWished()));
  element('verify').addEventListener('click', () => void verifyThese([session.model.variant]));
  element('verify-all').addEventListener('click', () => {
    void verifyThese(variantsOf(info).filter((variant) => obstacle(variant) === null));
  });
  element('bench').addEventListener('click', () => void bench());
  element('forget').addEventListener('click', () => {
    forgetSamples();
    showLatency(tickMs);
    tell('The samples are forgotten.');
  });
  element('top').addEventListener('change', show);
  element('variant').addEventListener('change', () => void reload());
  element('threads').addEventListener('change', () => void reload());
  element('width').addEventListener('change', () => {
    forgetSamples();
    void alone(() => {
      complete();
      addSample(timed(run, 1));
      show();
      showLatency(tickMs);
    });
  });
  element('reset-state').addEventListener('click', () => {
    session.model.reset?.();
    tell('The model has forgotten the runs so far.');
  });
  element('state-row').hidden = session.model.reset === undefined;
  element('verify-how').textContent = howVerified(about, info);
  for (const id of ['verify', 'verify-all']) element(id).disabled = !isVerifiable(about, info);
  setUpChoices(bundle);
  setUpProfile(about.profileOut);
  showSession();
  showLatency(tickMs);
  tell(`Ready: ${session.model.variant}, loaded in ${showMs(session.loadMs)}.`);
}

/** The choices that depend on the model. @param {BundleModule} bundle */
function setUpChoices({ info }) {
  const options = variantsOf(info).map((variant) => {
    const reason = obstacle(variant);
    const text = `${variant}, ${showBytes(info.variants[variant] ?? 0)}${reason === null ? '' : ' (cannot run here)'}`;
    return make('option', { value: variant, ...(reason === null ? {} : { disabled: '' }) }, text);
  });
  element('variant').replaceChildren(make('option', { value: 'auto' }, 'the quickest that is exact'), ...options);
  const widths = [...(info.widths ?? [])].reverse();
  const name = (/** @type {number} */ share) => (share === 1 ? 'the whole model' : `${100 * share} % of the work`);
  element('width').replaceChildren(...widths.map((share) => make('option', { value: String(share) }, name(share))));
  element('width-row').hidden = widths.length === 0;
  const hasClasses = Object.values(info.outputs).some(({ shape }) => Math.max(...shape) > 1);
  element('top-row').hidden = !hasClasses;
}

/**
 * @param {BundleModule} bundle
 * @param {About} about
 * @param {number} loadMs
 */
function showFacts({ info }, about, loadMs) {
  const { sizes, command, isConverted, title } = about;
  const tensors = (/** @type {typeof info.inputs} */ all) =>
    Object.entries(all)
      .map(([name, tensor]) => `${name}: ${showType(tensor)}${scaleText(tensor)}`)
      .join('; ');
  const { estimate } = info;
  const predicted =
    estimate === null || estimate === undefined
      ? 'none: convert with --target PHONE for one'
      : `${showMs(estimate.p50Ms)} (p50), ${showMs(estimate.p95Ms)} (p95) on ${estimate.target}, ${estimate.core}, ${estimate.variant}`;
  describe(element('facts'), [
    ['Served', isConverted ? `${title}, converted in memory` : `${title}, by: ${command}`],
    ['Inputs', tensors(info.inputs)],
    ['Outputs', tensors(info.outputs)],
    ['Code', sizes.code.map(({ variant, bytes }) => `${variant} ${showBytes(bytes)}`).join(', ')],
    ['Weights', showBytes(sizes.weightBytes)],
    ['Memory when loaded', showBytes(info.memoryBytes)],
    ['Time to load', `${showMs(loadMs)}, measured here`],
    ['Estimate of a run', predicted],
  ]);
}

/** @param {{ readonly scale?: number, readonly zeroPoint?: number }} tensor */
function scaleText({ scale, zeroPoint = 0 }) {
  if (scale === undefined) return '';
  const shift = zeroPoint === 0 ? '' : `, zero point ${zeroPoint}`;
  return `, scale ${Number(scale.toPrecision(5))}${shift}`;
}

/** Loads what is served; whatever fails is one sentence. */
async function begin() {
  try {
    const reason = typeof WebAssembly === 'undefined' ? 'this browser has no WebAssembly' : obstacle('simd128');
    if (reason !== null) throw new Error(`${reason}, which the model needs: open the page in a current browser`);
    tell('Loading the model.');
    const answer = await fetch('about.json');
    if (!answer.ok) throw new Error(await answer.text());
    /** @type {About} */
    const about = await answer.json();
    element('title').textContent = about.name;
    document.title = `${about.name}: thimble serve`;
    /** @type {BundleModule} */
    const bundle = await import(String(new URL('/model/index.js', location.href)));
    const { sizes } = about;
    const code = Math.min(...sizes.code.map(({ bytes }) => bytes));
    const ports = [bundle.info.inputs, bundle.info.outputs].map((all) => Object.values(all).map(showType).join(', '));
    element('summary').textContent =
      `${ports.join(' to ')} · ${showBytes(code + sizes.weightBytes)} of code and weights`;
    start(bundle, about, await openSession(bundle, { variant: 'auto', threads: 1 }));
  } catch (error) {
    tell('The model does not run here.');
    tellError(error);
  }
}

void begin();
