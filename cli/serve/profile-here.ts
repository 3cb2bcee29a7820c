import { shortJob, webJob, wholeJob } from '../../converter/estimate/web/job.ts';
import { fitResult } from '../../converter/estimate/web/result.ts';
import { ProblemError } from '../../converter/problem.ts';
import type { CommandIo } from '../io.ts';
import { packJob } from '../profile/pack-job.ts';
import { profileFile, referenceOf } from '../profile/profile-file.ts';
import { readResult } from '../profile/read-result.ts';
import { checkedOut, profileName, today, writeProfile } from '../profile/write-profile.ts';
import { Refusal } from './server.ts';

/** What the page needs to measure the browser, as `thimble profile --serve` does. */
export interface ProfileHere {
  /** The file that a profile is written to, as it was named; null where none is written. */
  readonly out: string | null;
  /** The packed job, made when it is first asked for. */
  readonly job: (isQuick: boolean) => Uint8Array;
  /** Writes the profile of a result, and says so. Throws {@link Refusal}. */
  readonly take: (text: string) => string;
}

/** Throws, before anything is served, where `out` cannot be written. */
export function profileHere(
  { out, force }: { readonly out: string | undefined; readonly force: boolean },
  io: CommandIo,
): ProfileHere {
  const path = out === undefined ? null : checkedOut({ out, force }, io);
  const jobs = new Map<boolean, Uint8Array>();
  return {
    out: out ?? null,
    job(isQuick) {
      const known = jobs.get(isQuick);
      if (known !== undefined) return known;
      const { job, bytes } = webJob(isQuick ? shortJob : wholeJob);
      const packed = packJob(job, bytes);
      jobs.set(isQuick, packed);
      return packed;
    },
    take(text) {
      if (path === null || out === undefined) {
        throw new Refusal(403, 'no file is written without --profile-out');
      }
      try {
        const result = readResult(text, 'the result of the page');
        const day = today();
        const name = profileName({ name: undefined, out });
        const fitted = fitResult(result, referenceOf(result, day));
        writeProfile(profileFile(result, fitted, { name, base: null, day }), path, io);
        return `The command has written ${out}.`;
      } catch (error) {
        if (error instanceof ProblemError) throw new Refusal(400, error.message);
        throw error;
      }
    },
  };
}
