"""Writes vectors.json: features of sound by numpy and scipy, for test/runtime-wasm/features.test.ts.

The signal is x[n] = (sin(2 pi 440 n / rate) + 0.5 sin(2 pi n^2 / 9000) + r[n]) / 2.5 as float32, where r is noise of -1 to 1 by
s = (1103515245 s + 12345) mod 2^31, s = 1 first, r = s / 2^30 - 1. Each case names the library whose steps it follows:
librosa 0.9 and later (melspectrogram, power_to_db, mfcc), torchaudio 2 (MelSpectrogram, MFCC), tf.signal (stft, linear_to_mel_weight_matrix,
mfccs_from_log_mel_spectrograms) as MLPerf Tiny uses it for keyword spotting and the streaming wake word.
"""
import json
import os

import numpy as np
import scipy.fft
import scipy.signal


def signal(rate, count):
    n = np.arange(count, dtype=np.float64)
    state, noise = 1, []
    for _ in range(count):
        state = (1103515245 * state + 12345) % 2**31
        noise.append(state / 2**30 - 1)
    x = (np.sin(2 * np.pi * 440 * n / rate) + 0.5 * np.sin(2 * np.pi * n**2 / 9000) + np.array(noise)) / 2.5
    return x.astype(np.float32).astype(np.float64)


def frames(x, length, hop):
    count = 1 + (len(x) - length) // hop
    return np.stack([x[t * hop : t * hop + length] for t in range(count)])


def stft(x, n_fft, hop, window, centre=None):
    """librosa and torch: the window in the middle of n_fft samples; centre is a mode of numpy.pad, or None."""
    if centre:
        x = np.pad(x, n_fft // 2, mode=centre)
    left = (n_fft - len(window)) // 2
    padded = np.pad(window, (left, n_fft - len(window) - left))
    return np.abs(np.fft.rfft(frames(x, n_fft, hop) * padded))


def tf_stft(x, window, hop):
    n_fft = 1 << (len(window) - 1).bit_length()
    return np.abs(np.fft.rfft(frames(x, len(window), hop) * window, n_fft))


def hz_to_mel(f, slaney):
    f = np.asarray(f, dtype=np.float64)
    if not slaney:
        return 2595 * np.log10(1 + f / 700)
    return np.where(f < 1000, f * 3 / 200, 15 + np.log(np.maximum(f, 1e-9) / 1000) / (np.log(6.4) / 27))


def mel_to_hz(m, slaney):
    if not slaney:
        return 700 * (10 ** (m / 2595) - 1)
    return np.where(m < 15, m * 200 / 3, 1000 * np.exp((m - 15) * np.log(6.4) / 27))


def hz_bank(rate, n_fft, bands, low, high, slaney, normed):
    """librosa.filters.mel and torchaudio.functional.melscale_fbanks, bins x bands."""
    bins = np.linspace(0, rate / 2, n_fft // 2 + 1)
    edges = mel_to_hz(np.linspace(hz_to_mel(low, slaney), hz_to_mel(high, slaney), bands + 2), slaney)
    ramps = edges[:, None] - bins[None]
    width = np.diff(edges)[:, None]
    bank = np.maximum(0, np.minimum(-ramps[:-2] / width[:-1], ramps[2:] / width[1:]))
    if normed:
        bank *= (2 / (edges[2:] - edges[:-2]))[:, None]
    return bank.T


def mel_bank(rate, n_fft, bands, low, high):
    """tf.signal.linear_to_mel_weight_matrix, bins x bands."""
    mel = lambda f: 1127 * np.log(1 + np.asarray(f) / 700)
    bins = mel(np.linspace(0, rate / 2, n_fft // 2 + 1))[1:, None]
    edges = np.linspace(mel(low), mel(high), bands + 2)
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    bank = np.maximum(0, np.minimum((bins - low) / (middle - low), (high - bins) / (high - middle)))
    return np.pad(bank, [[1, 0], [0, 0]])


def power_to_db(s, ref=1.0, amin=1e-10, top_db=None):
    db = 10 * np.log10(np.maximum(amin, s)) - 10 * np.log10(np.maximum(amin, ref))
    return db if top_db is None else np.maximum(db, db.max() - top_db)


def hann(count, periodic=True):
    return scipy.signal.get_window("hann", count, fftbins=periodic)


def cases():
    x = signal(8000, 1000)
    frame = {"window-samples": 128, "hop-samples": 64, "window-function": "hann", "power": 2}
    bank = {"bands": 12, "mel-scale": "slaney", "mel-triangles": "hz", "mel-norm": "slaney"}
    mel = stft(x, 128, 64, hann(128), "constant") ** 2 @ hz_bank(8000, 128, 12, 0, 4000, True, True)
    librosa = {**frame, **bank, "padding": "centre"}
    yield "librosa melspectrogram", {"kind": "mel", **librosa}, mel
    db = {"log": "10log10", "floor": 1e-10}
    yield "librosa power_to_db, ref max, top_db", {"kind": "log-mel", **librosa, **db, "reference": "maximum", "top-db": 20}, power_to_db(
        mel, mel.max(), top_db=20
    )
    cepstra = scipy.fft.dct(power_to_db(mel, top_db=80), type=2, norm="ortho")[:, :7]
    yield "librosa mfcc", {
        "kind": "mfcc", **librosa, **db, "top-db": 80, "coefficients": 7, "dct-norm": "ortho"
    }, cepstra
    yield "bands first", {"kind": "mel", **librosa, "axes": "bands-first"}, mel.T
    off = stft(x, 128, 64, hann(100))
    spectrum = {"kind": "spectrogram", **frame, "window-samples": 100, "fft-samples": 128, "power": 1, "log": "ln", "offset": 1e-6}
    yield "librosa stft without centre", {**spectrum, "padding": "none-fft"}, np.log(off + 1e-6)

    torch = stft(x, 100, 50, hann(100), "reflect") ** 2 @ hz_bank(8000, 100, 10, 50, 3500, False, False)
    torch_keys = {
        **frame, "window-samples": 100, "fft-samples": 100, "hop-samples": 50, "padding": "centre-reflect", "bands": 10,
        "low-hz": 50, "high-hz": 3500, "mel-scale": "htk", "mel-triangles": "hz", "mel-norm": "none",
    }  # fmt: skip
    yield "torchaudio MFCC with log_mels", {
        "kind": "mfcc", **torch_keys, "log": "ln", "offset": 1e-6, "coefficients": 6, "dct-norm": "ortho"
    }, scipy.fft.dct(np.log(torch + 1e-6), type=2, norm="ortho")[:, :6]

    loud = x / x.max()
    mels = tf_stft(loud, hann(100), 60) @ mel_bank(8000, 128, 14, 20, 3000)
    tf_keys = {
        "padding": "none", "power": 1, "bands": 14, "low-hz": 20, "high-hz": 3000, "mel-scale": "htk", "mel-triangles": "mel",
        "mel-norm": "none", "window-samples": 100, "hop-samples": 60, "window-function": "hann", "normalize": "maximum",
    }  # fmt: skip
    mfcc = scipy.fft.dct(np.log(mels + 1e-6), type=2) / np.sqrt(2 * 14)
    yield "tf.signal mfccs of keyword spotting", {
        "kind": "mfcc", **tf_keys, "log": "ln", "offset": 1e-6, "coefficients": 5, "dct-norm": "htk"
    }, mfcc[:, :5]
    ended = frames(np.pad(x, (0, 100)), 100, 60)[: -(-len(x) // 60)] * scipy.signal.get_window("hamming", 100)
    yield "tf.signal.stft with pad_end", {
        "kind": "spectrogram", "window-samples": 100, "hop-samples": 60, "window-function": "hamming", "padding": "end", "power": 2
    }, np.abs(np.fft.rfft(ended, 128)) ** 2

    peak = x / np.abs(x).max()
    emphasized = peak - 0.96875 * np.concatenate([[0], peak[:-1]])
    power = tf_stft(emphasized, np.hamming(128), 64) ** 2 @ mel_bank(8000, 128, 9, 0, 4000)
    yield "streaming wake word, from the third frame on", {
        **tf_keys, "kind": "log-mel", "normalize": "peak", "pre-emphasis": 0.96875, "window-samples": 128, "hop-samples": 64,
        "window-function": "hamming-symmetric", "power": 2, "bands": 9, "low-hz": 0, "high-hz": 4000, "log": "10log10", "floor": 1e-30,
        "first-frame": 2,
    }, power_to_db(power, amin=1e-30)[2:]  # fmt: skip
    anomaly = stft(x * 32768, 128, 64, hann(128, False), "reflect") ** 2 @ hz_bank(8000, 128, 12, 0, 4000, True, True)
    yield "anomaly detection, of 16-bit samples with a symmetric window", {
        "kind": "log-mel", **frame, **bank, "window-function": "hann-symmetric", "padding": "centre-reflect", "gain": 32768,
        "log": "20log10", "offset": 2.220446049250313e-16,
    }, 20 * np.log10(anomaly + 2.220446049250313e-16)  # fmt: skip


vectors = [
    {"name": name, "features": keys, "shape": list(values.shape), "values": [float(f"{v:.12g}") for v in values.ravel()]}
    for name, keys, values in cases()
]
path = os.path.join(os.path.dirname(__file__), "vectors.json")
with open(path, "w") as file:
    file.write('{"rate": 8000, "samples": 1000, "cases": [\n' + ",\n".join(json.dumps(v) for v in vectors) + "\n]}\n")
