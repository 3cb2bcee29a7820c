import type { Graph, ValueId } from '../../../../converter/ir/graph.ts';
import { noClamp } from '../../../../converter/ops/definition.ts';
import { randomFrom } from '../../../support/mutate.ts';
import { Net, relu } from './nets.ts';

/**
 * A random float32 net of what ties channels together: sums around layers, concats, slices, grouped and depthwise layers, squeeze and
 * excite, shuffles, padded channels, attention, flattened images. The same for the same seed.
 */
export function randomNet(seed: number): Graph {
  const random = randomFrom(seed + 1);
  const pick = (below: number) => Math.floor(random() * below);
  const net = new Net();
  const channels = () => 2 + pick(6);
  const depthOf = (id: ValueId) => net.shape(id)[3] ?? 1;
  const clamp = () => (pick(2) === 0 ? noClamp : relu);
  const x = net.input(1, 3, 3, 2);
  const pool: ValueId[] = [net.conv(x, channels(), { clamp: clamp() })];
  const recent = () => pool.at(-1 - pick(Math.min(3, pool.length))) ?? x;
  const growers: readonly (() => ValueId)[] = [
    () => net.conv(recent(), channels(), { clamp: clamp(), kernel: 3, padding: 1 }),
    () => net.conv(recent(), channels(), { clamp: clamp() }),
    () => net.pad(net.depthwise(recent(), 1 + pick(2)), [0, 1, 1, 0], [0, 1, 1, 0]),
    () => {
      const a = recent();
      return net.zip(pick(3) === 0 ? 'max' : 'add', a, net.conv(recent(), depthOf(a), { clamp: clamp() }));
    },
    () => {
      const a = recent();
      const same = pool.find((id) => id !== a && depthOf(id) === depthOf(a));
      return net.zip('add', a, same ?? a);
    },
    () => net.concat(3, recent(), pick(4) === 0 ? x : recent()),
    () => {
      const a = recent();
      const size = 1 + pick(depthOf(a));
      return net.slice(a, pick(depthOf(a) - size + 1), size);
    },
    () => {
      const even = net.conv(recent(), 2 * (1 + pick(3)));
      return net.conv(even, 2 * (1 + pick(3)), { groups: 2, clamp: clamp() });
    },
    () => {
      const a = recent();
      return net.zip('mul', a, net.conv(net.conv(net.mean(a, 1, 2), channels()), depthOf(a)));
    },
    () => {
      const a = net.conv(recent(), 6);
      const divided = net.reshape(a, 1, 3, 3, 2, 3);
      return net.reshape(net.transpose(divided, 0, 1, 2, 4, 3), 1, 3, 3, 6);
    },
    () => {
      const a = recent();
      const wide = net.pad(a, [0, 0, 0, pick(2)], [0, 0, 0, pick(3)]);
      return net.zip('add', wide, net.conv(x, depthOf(wide)));
    },
    () => {
      const a = recent();
      const tokens = net.reshape(a, 1, 9, depthOf(a));
      const head = () => net.transpose(net.reshape(net.dense(tokens, 6), 1, 9, 3, 2), 0, 2, 1, 3);
      const attention = net.matmul(net.softmax(net.matmul(head(), head(), true)), head());
      const joined = net.reshape(net.transpose(attention, 0, 2, 1, 3), 1, 9, 6);
      const mixed = net.dense(joined, channels());
      return net.reshape(mixed, 1, 3, 3, net.shape(mixed)[2] ?? 1);
    },
    () => net.zip('add', net.zip('mul', recent(), net.constant(1)), net.constant(1, 1)),
  ];
  const tries = 3 + pick(8);
  for (let i = 0; i < tries; i++) pool.push(growers[pick(growers.length)]?.() ?? x);
  const last = recent();
  const flat = net.reshape(last, 1, 9 * depthOf(last));
  const outputs = [net.dense(flat, 3), ...(pick(2) === 0 ? [net.conv(recent(), 2)] : [])];
  if (pick(4) === 0) outputs.push(recent());
  return net.finish(...outputs);
}
