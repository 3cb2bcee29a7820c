// One bundle in several numbers of threads, interleaved; the same in a page and in Node.
import { measureRounds } from './rounds.js';

/**
 * @param {string} url of the bundle's index.js
 * @param {readonly number[]} counts @param {import('./rounds.js').Method} method
 */
async function measureThreads(url, counts, method) {
  const { load, info } = await import(url);
  const [name] = Object.keys(info.inputs);
  const [output] = Object.keys(info.outputs);
  if (name === undefined || output === undefined) throw new Error('the bundle has no input or no output');
  const sessions = [];
  /** @type {Record<string, string>} */
  const why = {};
  for (const count of counts) {
    const model = await load({ threads: count });
    await model.threads.ready;
    if (model.threads.count !== count) {
      why[count] = model.threads.why;
      continue;
    }
    const input = new model.inputs[name].view.constructor(model.inputs[name].view.length);
    for (let i = 0; i < input.length; i++) input[i] = ((i * 37) % 251) / (input instanceof Float32Array ? 251 : 1);
    sessions.push({
      name: String(count),
      run: () => model.run({ [name]: input })[output],
      close: () => model.dispose(),
    });
  }
  const outputs = sessions.map((session) => Array.from(session.run(), Number));
  const samplesMs = await measureRounds(sessions, method);
  for (const session of sessions) session.close();
  const areEqual = outputs.every((values) => values.every((value, i) => Object.is(value, outputs[0]?.[i])));
  return { samplesMs, why, areEqual };
}

if (typeof document === 'undefined') {
  const [, , url = '', counts = '', method = ''] = process.argv;
  const result = await measureThreads(url, JSON.parse(counts), JSON.parse(method));
  process.stdout.write(JSON.stringify(result));
} else {
  Object.assign(globalThis, { measureThreads });
}
