/** A place in a square of 100 x 100, y downwards. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** What somebody draws: strokes, each the way of the pen. */
export type Drawing = readonly (readonly Place[])[];

/** Digits in several hands: strokes of x,y in a square of 100 x 100. None is one of the samples of the app. */
const written: readonly (readonly string[])[] = [
  ['50,8 70,20 78,50 70,80 50,92 30,80 22,50 30,20 50,8', '56,10 36,16 24,40 28,70 46,90 66,84 78,60 74,28 62,12'],
  ['50,8 50,92', '58,8 44,92', '34,26 54,8 54,92'],
  ['22,26 34,10 56,8 72,22 70,42 50,66 24,90 78,90', '20,30 36,10 62,10 74,32 52,66 28,88 42,80 60,92 80,86'],
  [
    '24,18 44,8 64,14 70,30 60,44 48,50 66,56 76,72 64,88 44,92 20,84',
    '24,10 72,10 44,42 66,50 74,68 62,88 40,92 24,84',
  ],
  ['60,8 22,62 80,62; 62,40 62,92', '66,92 66,8 20,64 84,64'],
  ['72,8 30,12 30,42 52,36 72,50 76,68 64,86 42,92 26,86', '34,10 30,45 50,42 72,56 70,80 48,92 24,84; 34,10 76,10'],
  ['58,8 36,40 30,70 44,92 66,86 70,68 54,56 34,66', '70,12 50,10 36,30 30,60 36,84 52,92 68,82 70,66 56,54 34,62'],
  ['22,10 78,10 44,92; 38,50 70,50', '22,10 78,10 44,92'],
  [
    '68,20 50,8 32,22 40,40 62,58 70,76 50,92 30,78 38,58 62,38 68,20',
    '60,12 40,10 32,24 44,42 64,58 72,74 56,92 36,88 30,72 44,54 64,36 66,20',
  ],
  ['70,20 50,8 30,26 44,48 68,38 72,16 70,60 62,86 36,90', '72,26 56,10 36,14 28,34 44,50 66,44 72,26 70,60 68,92'],
];

/** The drawings of a digit, one for each hand. */
export function drawingsOf(digit: number): readonly Drawing[] {
  return (written[digit] ?? []).map((text) =>
    text.split('; ').map((stroke) =>
      stroke.split(' ').map((place) => {
        const [x = 0, y = 0] = place.split(',').map(Number);
        return { x, y };
      }),
    ),
  );
}

/** Numbers of -0.5 to 0.5, the same for the same seed. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x7fffffff - 0.5;
  };
}

/** A drawing as another hand might do it: turned by up to 10 degrees, slanted by up to 14, up to a third wider or narrower, with wavy lines. */
export function varied(drawing: Drawing, seed: number): Drawing {
  const next = numbers(seed);
  const [turn, slant, wider] = [next() * 0.35, next() * 0.5, Math.exp(next() * 0.6)];
  const [a, b, c] = [next() * 6, next() * 6, next() * 6];
  return drawing.map((stroke) =>
    stroke.map(({ x, y }) => {
      const down = y - 50;
      const across = (x - 50) * wider - slant * down;
      const right = Math.cos(turn) * across - Math.sin(turn) * down;
      const low = Math.sin(turn) * across + Math.cos(turn) * down;
      return {
        x: 50 + right + 4 * Math.sin(low / 20 + a) + 3 * Math.sin(right / 15 + b),
        y: 50 + low + 3 * Math.sin(right / 18 + c),
      };
    }),
  );
}
