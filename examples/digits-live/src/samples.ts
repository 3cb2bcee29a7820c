import type { Stroke } from './ink.ts';

/** Ten digits as somebody may write them: strokes of x,y in a square of 100 x 100. */
const written: readonly string[] = [
  '50,8 34,14 26,32 24,52 28,74 38,88 50,92 64,86 74,68 76,48 72,28 62,12 50,8',
  '36,28 54,8 54,92',
  '24,32 28,16 44,8 62,12 72,26 70,42 56,60 24,90 78,90',
  '26,18 42,8 60,10 70,24 64,40 46,47 64,52 74,68 66,86 46,93 24,82',
  '60,8 20,62 80,62; 62,38 62,92',
  '74,10 34,10 30,46 48,40 66,46 74,62 68,82 48,92 26,84',
  '64,8 44,24 32,48 30,72 42,90 60,90 70,74 62,58 46,56 32,68',
  '22,10 78,10 58,48 44,92; 36,50 68,50',
  '66,20 50,8 34,20 40,40 60,56 68,74 50,92 32,76 40,56 60,40 66,20',
  '70,26 56,10 38,12 30,30 38,46 56,46 70,30 70,62 60,92',
];

/** The strokes of a digit in a square of this side. */
export function sampleStrokes(digit: number, side: number): readonly Stroke[] {
  return (written[digit] ?? '').split('; ').map((stroke) =>
    stroke.split(' ').map((point) => {
      const [x = 0, y = 0] = point.split(',').map(Number);
      // A little paper around it.
      return { x: (0.14 + 0.0072 * x) * side, y: (0.14 + 0.0072 * y) * side };
    }),
  );
}
