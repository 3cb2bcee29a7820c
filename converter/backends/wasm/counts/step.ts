import type { Step } from '../../../plan/program.ts';
import { arithmeticOf } from '../../kernel.ts';
import { layerOf } from '../kernels/conv-2d.ts';
import { blockShapeOf, convolutionOf as depthwiseAsConvolution } from '../kernels/depthwise-conv-2d.ts';
import { floatLayerCounts } from '../kernels/float-layer.ts';
import { convolutionOf as fullyConnectedAsConvolution } from '../kernels/fully-connected.ts';
import { requireConstants } from '../operand.ts';
import { boundsOf } from '../routines/float-lanes.ts';
import type { Variant } from '../variant.ts';
import type { WasmCounts } from './counts.ts';
import { floatDepthwiseCounts } from './float-depthwise.ts';

/**
 * The instructions that a step executes in a variant, or null where its kernel does not say: so far float32 convolutions, depthwise
 * convolutions and fully connected layers with constant weights do.
 */
export function wasmCounts(step: Step, variant: Variant): WasmCounts | null {
  const { op } = step;
  const types = step.inputs.map(({ type }) => type);
  if (arithmeticOf(types) !== 'float32') return null;
  switch (op.type) {
    case 'conv-2d':
      return floatLayerCounts(layerOf(op, types), variant);
    case 'fully-connected':
      return requireConstants(step, [1, 2]) === null
        ? floatLayerCounts(fullyConnectedAsConvolution(op, types), variant)
        : null;
    case 'depthwise-conv-2d': {
      const layer = depthwiseAsConvolution(op, types);
      if (layer !== null) return floatLayerCounts(layer, variant);
      const shape = blockShapeOf(op, types);
      return shape === null ? null : floatDepthwiseCounts({ shape, bounds: boundsOf(op.attributes.clamp) }, variant);
    }
    default:
      return null;
  }
}
