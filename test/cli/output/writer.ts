/** A process for the tests of atomic writing: `target` is written again and again, until step `dieAt` of the second time. */
import { thimbleMarker, type WriteStep, writeDirectoryAtomically } from '../../../cli/output/atomic.ts';

const [target = '', dieAt = ''] = process.argv.slice(2);

function output(version: string): ReadonlyMap<string, Uint8Array> {
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  return new Map([
    ['thimble.json', text(JSON.stringify({ generator: 'thimble 0.1.0', version }))],
    ['src/model.c', text(version)],
    ['src/deep/weights.c', text(version)],
  ]);
}

for (let i = 0; i < 10_000; i++) {
  const onStep = (step: WriteStep): void => {
    if (i > 0 && step === dieAt) process.kill(process.pid, 'SIGKILL');
  };
  await writeDirectoryAtomically(target, output(`v${i}`), { force: false, marker: thimbleMarker, onStep });
  if (i === 0) process.stdout.write('ready\n');
}
