import type { NumberFormat } from '../../converter/compress/quantize/format.ts';
import type { LoadOptions } from '../model-file.ts';
import type { PlanArguments } from '../options/plan.ts';
import type { QuantizeArguments } from '../options/quantize.ts';
import type { PackageKind } from '../package-kinds.ts';

/** What is to be reported on, as the command line says it. */
export interface ReportRequest extends LoadOptions, PlanArguments, QuantizeArguments {
  readonly model: string;
  readonly out: string | undefined;
  readonly force: boolean;
  readonly to: PackageKind | undefined;
  readonly target: string | undefined;
  readonly quantize: NumberFormat | undefined;
  readonly prune: string | undefined;
  /** The model as it was before it was pruned or quantized, elsewhere. */
  readonly before: string | undefined;
  readonly test: string[] | undefined;
  readonly labels: string | undefined;
  readonly json: boolean;
}
