import type { Remedies } from '../../converter/compress/quantize/options.ts';
import type { QuantizedGraph } from '../../converter/compress/quantize/quantize-graph.ts';
import type { OutputReport } from '../../converter/compress/quantize/report/outputs.ts';
import type { StepGain } from '../../converter/compress/quantize/report/steps.ts';
import type { TensorError } from '../../converter/compress/quantize/report/tensor-errors.ts';
import type { SampleFinding } from '../../converter/compress/quantize/samples/finding.ts';
import type { CalibrationUse, Selection } from './quantize-model.ts';

/** A quantized model with everything that is told about it. */
export interface QuantizationResult {
  readonly quantized: QuantizedGraph;
  /** Those that were taken. */
  readonly remedies: Remedies;
  readonly errors: readonly TensorError[];
  readonly outputs: OutputReport;
  /** Null where nobody asked. */
  readonly gains: readonly StepGain[] | null;
  readonly advice: readonly string[];
  /** What the user should know about the model that came in; null where there is nothing. */
  readonly note: string | null;
  readonly sampleCount: number;
  readonly findings: readonly SampleFinding[];
  readonly selection: Selection | null;
  readonly calibration: CalibrationUse;
}
