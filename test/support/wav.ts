/** A RIFF WAVE file of 16-bit PCM: the samples of all channels, each from -1 to 1. */
export function wavFile(sampleRateHz: number, ...channels: readonly Float32Array[]): Uint8Array {
  const frames = channels[0]?.length ?? 0;
  const bytes = new Uint8Array(44 + 2 * frames * channels.length);
  const view = new DataView(bytes.buffer);
  const tag = (at: number, text: string) => bytes.set(new TextEncoder().encode(text), at);
  tag(0, 'RIFF');
  view.setUint32(4, bytes.length - 8, true);
  tag(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, channels.length, true);
  view.setUint32(24, sampleRateHz, true);
  view.setUint32(28, sampleRateHz * 2 * channels.length, true);
  view.setUint16(32, 2 * channels.length, true);
  view.setUint16(34, 16, true);
  tag(36, 'data');
  view.setUint32(40, bytes.length - 44, true);
  for (const [c, samples] of channels.entries()) {
    for (const [i, sample] of samples.entries()) {
      view.setInt16(
        44 + 2 * (i * channels.length + c),
        Math.max(-32768, Math.min(32767, Math.round(sample * 32768))),
        true,
      );
    }
  }
  return bytes;
}
