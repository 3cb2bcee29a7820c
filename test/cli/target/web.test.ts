import { describe, expect, it } from 'vitest';
import { builtInProfiles } from '../../../cli/target/load.ts';
import { parseProfile } from '../../../cli/target/parse.ts';
import type { PhoneProfile } from '../../../cli/target/schema.ts';
import { webProfileOf } from '../../../cli/target/web.ts';
import { noInstructions } from '../../../converter/backends/wasm/counts/instructions.ts';
import { estimateWeb, type WebLayer } from '../../../converter/estimate/web/index.ts';

const phones = builtInProfiles().filter((profile): profile is PhoneProfile => profile.kind !== 'mcu');
const phone = (name: string) => phones.find((one) => one.name === name) ?? expect.fail(`no ${name}`);

/** Classes of MobileNetV2 1.0 224 in float32 (madd), without what is below a hundredth. */
const mobileNet: WebLayer = {
  ...{ name: 'all of it', kind: 'conv-2d', arithmetic: 'float32', macs: 300_775_552, isDivisible: true },
  counts: {
    ...noInstructions,
    ...{ loads: 51_721_878, stores: 1_762_553, multiplies: 74_941_003, arithmetic: 4_804_998 },
    ...{ branches: 6_579_584, scalars: 20_699_956 },
  },
  ...{ constantBytes: 13_956_388, activationBytes: 0 },
};

const milliseconds = (name: string, core = 'big') => {
  const profile = webProfileOf(phone(name)) ?? expect.fail('no web profile');
  return estimateWeb({ profile, layers: [mobileNet], variant: 'madd', threads: 1, core });
};

describe('profiles of phones and boards', () => {
  it('are there for each, the quickest cores first', () => {
    const without = phones.filter((one) => webProfileOf(one) === null).map(({ name }) => name);
    expect(without).toEqual([]);
    expect(webProfileOf(phone('sd888'))?.cores.map(({ name }) => name)).toEqual([
      'Cortex-X1',
      'Cortex-A78',
      'Cortex-A55',
    ]);
  });

  it('agree within their factor of two with published times of MobileNetV2', () => {
    for (const [name, published] of [
      ['rpi4', 93 * (1.8 / 1.5)],
      ['rpi3b+', 158.7],
      ['rpizero2w', 274],
    ] as const) {
      const { milliseconds: ms, error, weakestSource } = milliseconds(name);
      expect(ms.p50 / published, name).toBeGreaterThan(0.5);
      expect(ms.p50 / published, name).toBeLessThan(2);
      expect(error).toBeCloseTo(1, 2);
      expect(weakestSource).toBe('assumed');
    }
  });

  it('put small cores behind big ones', () => {
    expect(milliseconds('sd888', 'little').milliseconds.p50).toBeGreaterThan(
      3 * milliseconds('sd888').milliseconds.p50,
    );
  });
});

const number = (value: number, unit: string) => ({ value, unit, source: 'fitted', ref: 'a test' });

describe('a fitted profile', () => {
  const web = {
    cores: [
      {
        core: 'Cortex-X1',
        prices: [
          {
            ...{ kind: 'any', arithmetic: 'any', variant: 'any', error: number(0.1, 'ratio') },
            terms: { multiplies: number(1, 'ns') },
          },
        ],
      },
    ],
    ...{ entry: number(0, 'ns'), threadEfficiency: number(1, 'ratio') },
    ...{ threadWait: number(0, 'ns'), slowRuns: number(1, 'ratio') },
  };
  const own = { ...phone('sd888'), web };

  it('is used in the place of public tables', () => {
    const profile = parseProfile(own, 'a test');
    if (profile.kind === 'mcu') return expect.fail('no phone');
    const estimate = estimateWeb({
      profile: webProfileOf(profile) ?? expect.fail('no web profile'),
      ...{ layers: [mobileNet], variant: 'madd', threads: 1, core: 'big' },
    });
    expect(estimate.milliseconds.p50).toBeCloseTo(74.941, 3);
    expect(estimate.weakestSource).toBe('fitted');
  });

  it.each([
    ['web.cores[0].prices[0].terms.multiplies.value', { multiplies: number(-1, 'ns') }],
    ['web.cores[0].prices[0].terms.multiplies.source', { multiplies: { value: 1, unit: 'ns', ref: 'x' } }],
    ['web.cores[0].prices[0].terms', { multiplications: number(1, 'ns') }],
  ])('is refused by the path of what is wrong: %s', (path, terms) => {
    const wrong = structuredClone(own);
    Object.assign(wrong.web.cores[0]?.prices[0] ?? {}, { terms });
    expect(() => parseProfile(wrong, 'a test')).toThrow(path);
  });
});
