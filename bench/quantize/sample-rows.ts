import type { QuantizeRow } from './rows.ts';

const keyword = ['--raw-type', 'int8', '--scale', '0.5847029', '--offset', '-48.53'];

/** Which samples calibrate the keyword model: all, some that stand for them, and as many without a choice. All are judged by all. */
export const sampleRows: readonly QuantizeRow[] = [
  { id: 'kws-all', options: [], aim: 'for comparison: all samples' },
  { id: 'kws-select', options: ['--select', '2%'], aim: 'within 0.5 points of kws-all' },
  { id: 'kws-even', options: ['--calibrate', '10'], aim: 'for comparison: as many, at even distances' },
].map(({ id, options, aim }) => ({
  id,
  model: 'models/onnx/mlperf_kws_torch_float.onnx',
  samples: 'datasets/kws01',
  options: [...keyword, '--test', 'datasets/kws01', ...options],
  aim,
}));
