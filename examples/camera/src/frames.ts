/** Resolves when the video has shown its next frame; rejects when the signal says to stop. */
export function nextFrame(video: HTMLVideoElement, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    const done = () => {
      signal.removeEventListener('abort', stop);
      resolve();
    };
    if ('requestVideoFrameCallback' in video) video.requestVideoFrameCallback(done);
    else onNewTime(video, done);
  });
}

/** Where browsers do not tell of frames: calls when the time of the video has moved on. */
function onNewTime(video: HTMLVideoElement, done: () => void): void {
  const before = video.currentTime;
  const look = () => {
    if (video.currentTime === before) requestAnimationFrame(look);
    else done();
  };
  requestAnimationFrame(look);
}

/** How often something happens, and how long it takes. */
export class Pace {
  readonly #ends: number[] = [];
  readonly #times: number[] = [];

  /** Something began and ended at these times, in ms. */
  add(began: number, ended: number): void {
    this.#ends.push(ended);
    while ((this.#ends[0] ?? ended) < ended - 1000) this.#ends.shift();
    this.#times.push(ended - began);
    if (this.#times.length > 30) this.#times.shift();
  }

  /** How many ended in the latest second. */
  get perSecond(): number {
    return this.#ends.length;
  }

  /** Median of the latest 30. */
  get medianMs(): number {
    return this.#times.toSorted((a, b) => a - b)[this.#times.length >> 1] ?? 0;
  }
}
