import { info } from 'classifier/worker';
import { type Box, inkIn } from './ink.ts';

/** What is given to the network, and where in the square of the preview it was found. */
export interface Seen {
  /** To be classified; frames are to be closed afterwards. */
  readonly source: ImageData | VideoFrame | ImageBitmap;
  /** About what the network sees, to show. */
  readonly picture: CanvasImageSource | ImageData;
  readonly box: Box | undefined;
}

const [input] = Object.values(info.inputs);
const shape: readonly number[] = input?.shape ?? [];
const isChannelsFirst = [1, 3, 4].includes(shape[1] ?? 0) && ![1, 3, 4].includes(shape[3] ?? 0);
const [height = 1, width = 1, channels = 1] = isChannelsFirst ? [shape[2], shape[3], shape[1]] : shape.slice(1);

/** The picture that the network takes. */
export const taken = { width, height, channels } as const;

/** Whether the network may be one for digits: other networks want the whole picture. */
export const mayReadInk: boolean = channels === 1 && width === height && width <= 32 && 32 % width === 0;

/** Side of the square in which ink is looked for, in pixels. */
const side = 96;
const square = new OffscreenCanvas(side, side).getContext('2d', { willReadFrequently: true });

interface Square {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The square in the middle of a video, in its pixels; even, as the colours of most cameras are for two pixels together. */
function middleOf({ videoWidth, videoHeight }: HTMLVideoElement): Square {
  const length = Math.min(videoWidth, videoHeight) & ~1;
  return { x: ((videoWidth - length) >> 1) & ~1, y: ((videoHeight - length) >> 1) & ~1, width: length, height: length };
}

/** The square that the preview shows. The network's own steps resize it, in the worker. */
export async function wholeOf(video: HTMLVideoElement): Promise<Seen> {
  const square = middleOf(video);
  const { x, y, width, height } = square;
  const source =
    typeof VideoFrame === 'undefined'
      ? await createImageBitmap(video, x, y, width, height)
      : new VideoFrame(video, { visibleRect: square });
  return { source, picture: source, box: undefined };
}

/** A digit on paper in the middle of the frame: white on black, in the size of the network. */
export function inkOf(video: HTMLVideoElement): Seen | undefined {
  if (square === null) throw new Error('this browser cannot read pixels of a video');
  const middle = middleOf(video);
  square.imageSmoothingQuality = 'medium';
  square.drawImage(video, middle.x, middle.y, middle.width, middle.height, 0, 0, side, side);
  const { data } = square.getImageData(0, 0, side, side);
  const values = Float32Array.from({ length: side * side }, (_, pixel) => {
    const [red = 0, green = 0, blue = 0] = data.subarray(4 * pixel, 4 * pixel + 3);
    return 0.299 * red + 0.587 * green + 0.114 * blue;
  });
  const ink = inkIn({ side, values }, width);
  if (ink === undefined) return undefined;
  const picture = new ImageData(width, height);
  ink.values.forEach((value, pixel) => {
    picture.data.set([value, value, value, 255], 4 * pixel);
  });
  return { source: picture, picture, box: ink.box };
}
