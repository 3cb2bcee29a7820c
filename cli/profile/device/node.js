// @ts-check
/*
 * Times a profile job in the Node.js that runs this file. Arguments: the file of the job (a JSON header, a line break, the bytes), seconds.
 * Prints the result as the last line.
 */

import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform } from 'node:os';
import process from 'node:process';
import { chooseThreads, startThreads } from '../../../runtime-wasm/threads.js';
import { dotProduct, obstacle } from '../../../runtime-wasm/variants.js';
import { measure } from './measure.js';

const [file = '', seconds = '60'] = process.argv.slice(2);
const content = readFileSync(file);
const end = content.indexOf(10);
const job = JSON.parse(content.subarray(0, end).toString('utf8'));
const bytes = new Uint8Array(content.subarray(end + 1));
/** @type {{ threadCpuUsage?: () => { user: number, system: number } }} */
const withClock = process;
const cpuClock = withClock.threadCpuUsage?.bind(process);
const cpuMs = () => {
  const { user, system } = cpuClock?.() ?? { user: 0, system: 0 };
  return (user + system) / 1000;
};
const result = await measure(
  job,
  bytes,
  {
    obstacle,
    dotProduct,
    threads: { chooseThreads, startThreads },
    device: {
      engine: `Node.js ${process.versions.node}`,
      platform: `${platform()} ${arch()}`,
      processor: cpus()[0]?.model ?? 'unknown',
      processors: availableParallelism(),
    },
    ...(cpuClock === undefined ? {} : { cpuMs }),
  },
  {
    seconds: Number(seconds),
    tell: (done) => {
      process.stderr.write(`${done.toFixed(3)}\n`);
    },
    isStopped: () => false,
  },
);
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
