import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Job } from '../../converter/estimate/web/job.ts';
import { runProcess } from '../../targets/process.ts';
import { fail } from '../input/file.ts';
import { jobFile } from './pack-job.ts';

/** Far longer than a measurement takes: warming up and threads are on top of its seconds. */
const patienceMs = 300_000;

/** Times a job in a process of its own, of the Node.js in `path`; the text of the result. Throws ProblemError where that fails. */
export async function timeInNode(path: string, job: Job, bytes: Uint8Array, seconds: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'thimble-profile-'));
  try {
    const file = join(folder, 'job');
    writeFileSync(file, jobFile(job, bytes));
    const script = fileURLToPath(new URL('./device/node.js', import.meta.url));
    const timeoutMs = 1000 * seconds + patienceMs;
    const { exitCode, stdout, stderr } = await runProcess(path, [script, file, String(seconds)], {
      cwd: folder,
      timeoutMs,
    });
    if (exitCode === 0) return stdout.trim().split('\n').at(-1) ?? '';
    const why = stderr.split('\n').find((line) => /Error/.test(line)) ?? `exit code ${exitCode}`;
    return fail('profile-node', `program ${JSON.stringify(path)}`, why, 'see thimble doctor');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
