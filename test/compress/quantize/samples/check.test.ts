import { describe, expect, it } from 'vitest';
import { referenceExecutor } from '../../../../converter/compress/executor.ts';
import { calibrate } from '../../../../converter/compress/quantize/calibrate.ts';
import { growthOf } from '../../../../converter/compress/quantize/samples/amount.ts';
import { wrongAnswers } from '../../../../converter/compress/quantize/samples/answers.ts';
import { checkSamples } from '../../../../converter/compress/quantize/samples/check.ts';
import { isSorted } from '../../../../converter/compress/quantize/samples/classes.ts';
import type { CheckedSample } from '../../../../converter/compress/quantize/samples/finding.ts';
import { GraphBuilder } from '../../../../converter/ir/builder.ts';
import type { Graph } from '../../../../converter/ir/graph.ts';
import { noClamp } from '../../../../converter/ops/definition.ts';
import { elementCount } from '../../../../converter/tensor/shape.ts';
import { tensorType } from '../../../../converter/tensor/tensor.ts';

/** A layer with one output for a picture; its bias is about as large as what it makes of inputs of 0 to 1. */
function layerOver(shape: readonly number[]): Graph {
  const builder = new GraphBuilder();
  const size = elementCount(shape);
  const input = builder.input('image', tensorType('float32', shape));
  const flat = builder.node(
    'flatten',
    { type: 'reshape', attributes: { shape: [1, size] } },
    [input],
    tensorType('float32', [1, size]),
    'flat',
  );
  const weights = Float32Array.from({ length: 2 * size }, (_, i) => Math.sin(i * 1.7) / 4);
  const layer = builder.node(
    'layer',
    { type: 'fully-connected', attributes: { clamp: noClamp, hybrid: 'none' } },
    [
      flat,
      builder.constant('w', { type: tensorType('float32', [2, size]), data: weights }),
      builder.constant('b', { type: tensorType('float32', [2]), data: Float32Array.of(0.5, -0.5) }),
    ],
    tensorType('float32', [1, 2]),
    'scores',
  );
  builder.output('scores', layer);
  return builder.build('net', '', 'exact');
}

const plain = layerOver([1, 4, 4, 1]);

/** Numbers in [0, 1) that look random. */
const noise = (seed: number, count = 16) =>
  Float32Array.from({ length: count }, (_, i) => {
    const x = Math.sin((seed + 1) * 12.9898 + i * 78.233) * 43758.5453;
    return x - Math.floor(x);
  });

interface Given {
  readonly data: Float32Array;
  readonly label?: number;
  readonly partition?: string;
}

/** Codes of what is found in these samples of `graph`, and the whole findings. */
function found(given: readonly Given[], graph: Graph = plain, orderMatters = false) {
  const [port] = graph.inputs;
  const type = graph.values.get(port?.value ?? (0 as never))?.type ?? tensorType('float32', []);
  const samples = given.map(({ data, label, partition }, i): CheckedSample => {
    const load = () => [{ type, data }];
    return { name: `s${i}`, label: label ?? null, partition: partition ?? 'all', digest: data.join(), load };
  });
  const statistics = calibrate(
    graph,
    samples.map(({ load }) => load),
    referenceExecutor,
  );
  const labels = samples.map(({ label }) => label);
  const findings = checkSamples({ graph, statistics, samples, labels, orderMatters });
  return { codes: findings.map(({ code }) => code), findings };
}

const many = (count: number, change: (given: Given, i: number) => Given = (given) => given): readonly Given[] =>
  Array.from({ length: count }, (_, i) => change({ data: noise(i) }, i));

describe('checkSamples', () => {
  it('finds nothing in many samples alike', () => {
    expect(found(many(120)).findings).toEqual([]);
  });

  it('too few samples', () => {
    expect(found(many(6)).codes).toEqual(['samples-too-few']);
    const growing = many(40, ({ data }, i) => ({ data: data.map((value) => value * 1.3 ** i) }));
    expect(found(growing).codes).toContain('samples-too-few');
  });

  it('pixels of 0..255 for a model of small numbers, and the reverse', () => {
    const bytes = many(60, ({ data }) => ({ data: data.map((value) => Math.round(value * 255)) }));
    const { codes, findings } = found(bytes);
    expect(codes).toEqual(['samples-range']);
    expect(findings[0]?.what).toMatch(/values from 0 to 25\d drown the bias/);
    const tiny = many(60, ({ data }) => ({ data: data.map((value) => value / 255) }));
    expect(found(tiny).codes).toEqual(['samples-range']);
  });

  it('pictures in the other order of axes', () => {
    const graph = layerOver([1, 12, 12, 3]);
    const picture = (seed: number, at: (y: number, x: number, c: number) => number) => {
      const data = new Float32Array(432);
      for (let y = 0; y < 12; y++)
        for (let x = 0; x < 12; x++)
          for (let c = 0; c < 3; c++)
            data[at(y, x, c)] = 0.5 + 0.4 * Math.sin(y / 3 + seed + c * 2) * Math.cos(x / 4 + seed);
      return data;
    };
    const pictures = (at: (y: number, x: number, c: number) => number) =>
      Array.from({ length: 40 }, (_, i) => ({ data: picture(i, at) }));
    expect(
      found(
        pictures((y, x, c) => (y * 12 + x) * 3 + c),
        graph,
      ).codes,
    ).not.toContain('samples-layout');
    const { findings } = found(
      pictures((y, x, c) => (c * 12 + y) * 12 + x),
      graph,
    );
    expect(findings.find(({ code }) => code === 'samples-layout')?.what).toContain('channels first');
    const first = layerOver([1, 3, 12, 12]);
    expect(
      found(
        pictures((y, x, c) => (c * 12 + y) * 12 + x),
        first,
      ).codes,
    ).not.toContain('samples-layout');
    expect(
      found(
        pictures((y, x, c) => (y * 12 + x) * 3 + c),
        first,
      ).codes,
    ).toContain('samples-layout');
  });

  it('inputs, channels and samples that never change', () => {
    expect(found(many(20, () => ({ data: new Float32Array(16).fill(0.5) }))).codes).toContain('samples-constant');
    const graph = layerOver([1, 4, 4, 3]);
    const dead = Array.from({ length: 60 }, (_, i) => ({
      data: noise(i, 48).map((value, k) => (k % 3 === 1 ? 0.25 : value)),
    }));
    expect(found(dead, graph).findings[0]?.what).toBe('channels 1 (always 0.25) of 3 never change');
    const black = many(60, (given, i) => (i === 7 || i === 9 ? { data: new Float32Array(16).fill(i / 20) } : given));
    expect(found(black).findings.find(({ code }) => code === 'sample-constant')?.samples).toEqual(['s7', 's9']);
  });

  it('classes that calibration does not see, and samples sorted by class', () => {
    const labelled = many(60, (given, i) => ({ ...given, label: Math.floor(i / 20) }));
    expect(found(labelled).codes).toEqual([]);
    expect(found(labelled, plain, true).codes).toEqual(['samples-sorted']);
    expect([isSorted([0, 0, 0, 0, 1, 1, 1, 1]), isSorted([0, 1, 0, 1, 0, 1, 0, 1])]).toEqual([true, false]);
  });

  it('a sample that alone sets the range', () => {
    const wild = many(60, (given, i) => (i === 33 ? { data: given.data.map((value) => 9 * value) } : given));
    const { codes, findings } = found(wild);
    expect(codes).toContain('sample-outlier');
    expect(findings.find(({ code }) => code === 'sample-outlier')).toMatchObject({
      where: 'sample "s33"',
      samples: ['s33'],
    });
  });

  it('folders that differ', () => {
    const folders = many(60, ({ data }, i) => {
      const other = i % 2 === 0;
      return { data: other ? data : data.map((value) => 0.3 * value + 3), partition: other ? 'day' : 'night' };
    });
    const { findings } = found(folders);
    const skews = findings.filter(({ code }) => code === 'samples-skew');
    expect(skews.map(({ where }) => where)).toEqual(['folder "day"', 'folder "night"']);
    expect(skews[1]?.what).toMatch(/"image" their range is 0\.3/);
  });

  it('equal samples', () => {
    const twice = many(60, (given, i) => (i === 5 ? { data: noise(4) } : given));
    expect(found(twice).findings).toMatchObject([{ code: 'samples-equal', samples: ['s4', 's5'] }]);
  });
});

describe('growthOf', () => {
  it('is near 1 for ranges that have settled, and large for those that one sample sets', () => {
    const traits = (max: Float64Array) => ({ stride: 1, min: max.map(() => 0), max, mean: max });
    expect(growthOf(traits(new Float64Array(100).fill(3)))).toBe(1);
    expect(growthOf(traits(new Float64Array(100).fill(1, 0, 99).fill(10, 99)))).toBeGreaterThan(1.3);
  });
});

describe('wrongAnswers', () => {
  const report = (real: number, samples: number) => {
    const interval = { value: real, low: real, high: real };
    const accuracy = { real: interval, stored: interval, difference: interval };
    return { samples, agreement: interval, cosine: 1, divergence: null, accuracy, flips: [] };
  };
  it.each([
    [0.12, 100, 10, 1],
    [0.9, 100, 10, 0],
    [0.6, 100, 2, 1],
    [0.12, 5, 10, 0],
  ])('%d right of %i samples of %i classes: %i', (real, samples, classes, wanted) => {
    expect(wrongAnswers(report(real, samples), classes)).toHaveLength(wanted);
  });

  it('says nothing without classes', () => {
    expect(wrongAnswers({ ...report(0, 100), accuracy: null }, 10)).toEqual([]);
  });
});
