import type { HybridMode } from '../../../ops/hybrid.ts';
import type { OperatorWriter } from '../operator-writer.ts';

/** Refuses layers whose float32 input becomes integers at run time: ONNX quantizes with other scales and zero points. */
export function refuseHybrid(writer: OperatorWriter, hybrid: HybridMode): void {
  if (hybrid === 'none') return;
  writer.refuse(
    'it quantizes its input at run time as TFLite does, which no operator of ONNX does',
    'begin with the float model, or quantize it with samples',
  );
}
