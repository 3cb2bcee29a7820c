import type { TranslateOperator } from '../../context.ts';
import { gridSample } from '../image/grid-sample.ts';
import { resize, upsample } from '../image/resize.ts';
import { convTranspose } from '../products/conv-transpose.ts';
import { dft, stft } from '../products/fourier.ts';
import { hamming, signalWindow } from '../products/signal-windows.ts';
import { convTranspose3d } from './fold.ts';
import { globalLpPool, lpPool } from './pool.ts';

/** Operators on images and signals beside convolution and pooling. */
export const spatial: readonly (readonly [string, TranslateOperator])[] = [
  ['Resize', (context) => (context.opset < 11 ? upsample(context) : resize(context))],
  ['Upsample', upsample],
  ['LpPool', lpPool],
  ['GlobalLpPool', globalLpPool],
  ['ConvTranspose', (context) => (context.input(0).type.shape.length === 5 ? convTranspose3d : convTranspose)(context)],
  ['HannWindow', signalWindow(0.5, 0.5, 0)],
  ['HammingWindow', signalWindow(...hamming)],
  ['BlackmanWindow', signalWindow(0.42, 0.5, 0.08)],
  ['GridSample', gridSample],
  ['DFT', dft],
  ['STFT', stft],
];
