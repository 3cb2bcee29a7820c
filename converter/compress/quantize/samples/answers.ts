import type { OutputReport } from '../report/outputs.ts';
import type { SampleFinding } from './finding.ts';

/** Below this share of right answers the float model is worth a look, unless chance does as well. */
const poor = 0.5;

/** A float model that is seldom right itself: whatever was trained got other inputs. */
export function wrongAnswers({ accuracy, samples }: OutputReport, classes: number): readonly SampleFinding[] {
  if (accuracy === null || samples < 20 || classes < 2 || accuracy.real.value >= Math.max(poor, 1.5 / classes))
    return [];
  const share = (value: number) => `${(100 * value).toFixed(1)} %`;
  const what = `the float model is right for ${share(accuracy.real.value)} of ${samples} samples with classes; chance is right for ${share(1 / classes)}`;
  const advice =
    'where it was better in training, files become inputs in another way (--pixels, --mean, --std, --color), or the classes have other numbers';
  return [{ code: 'samples-answers', where: 'samples', what, advice, samples: [] }];
}
