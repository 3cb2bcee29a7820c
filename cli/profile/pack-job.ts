import { deflateSync } from 'node:zlib';
import type { Job } from '../../converter/estimate/web/job.ts';

/** A job as the scripts of `cli/profile/device` read it: the header as JSON, a line break, the bytes. */
export function jobFile(job: Job, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${JSON.stringify(job)}\n`), bytes]);
}

/** A job as the page has it: {@link jobFile} in the zlib format (RFC 1950). */
export function packJob(job: Job, bytes: Uint8Array): Uint8Array {
  return deflateSync(jobFile(job, bytes), { level: 9 });
}
