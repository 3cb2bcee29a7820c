// A described network (bench/wasm/tfjs-description.ts) as calls of TensorFlow.js.

/** @typedef {import('../tfjs-description.ts').TfjsDescription} Description */
/** @typedef {import('../tfjs-description.ts').TfjsCall} Call */

/** The activation that the fused kernels know, or undefined. @param {Call['clamp']} clamp */
function fusedActivation(clamp) {
  if (clamp === undefined) return 'linear';
  if (clamp.min === 0 && clamp.max === null) return 'relu';
  return clamp.min === 0 && clamp.max === 6 ? 'relu6' : undefined;
}

/** @param {any} tf @param {any} x @param {Call['clamp']} clamp */
function clip(tf, x, clamp) {
  if (clamp === undefined) return x;
  if (fusedActivation(clamp) === 'relu') return tf.relu(x);
  return tf.clipByValue(x, clamp.min ?? -3.4e38, clamp.max ?? 3.4e38);
}

/** Height and width of a padding, or 'valid' without any. @param {Call['padding']} padding */
function padOf(padding) {
  return padding?.every(([before, after]) => before === 0 && after === 0) === false ? padding : 'valid';
}

/** @param {any} tf @param {Call} call @param {any[]} values */
function apply(tf, call, [x, weights, bias]) {
  const { fn, strides, dilations, padding, kernel, axes, keepDims, shape, value, clamp } = call;
  const activation = fusedActivation(clamp);
  const fused = { bias, activation: activation ?? 'linear' };
  /** @param {any} y */
  const rest = (y) => (activation === undefined ? clip(tf, y, clamp) : y);
  switch (fn) {
    case 'conv2d':
      return rest(tf.fused.conv2d({ x, filter: weights, strides, dilations, pad: padOf(padding), ...fused }));
    case 'depthwiseConv2d':
      return rest(tf.fused.depthwiseConv2d({ x, filter: weights, strides, dilations, pad: padOf(padding), ...fused }));
    case 'matMul': {
      const a = tf.reshape(x, [-1, weights.shape[0]]);
      return tf.reshape(rest(tf.fused.matMul({ a, b: weights, ...fused })), shape);
    }
    case 'avgPool':
      return clip(tf, tf.avgPool(x, kernel, strides, padOf(padding)), clamp);
    case 'maxPool':
      return clip(tf, tf.maxPool(x, kernel, strides, padOf(padding)), clamp);
    case 'mean':
      return tf.mean(x, axes, keepDims);
    case 'add':
      return clip(tf, tf.add(x, weights), clamp);
    case 'clamp':
      return clip(tf, x, clamp);
    case 'softmax':
      return tf.softmax(x);
    case 'reshape':
      return tf.reshape(x, shape);
    case 'concat':
      return tf.concat([x, weights], axes?.[0]);
    case 'pad':
      return tf.pad(x, padding, value);
    default:
      throw new Error(`no call ${fn}`);
  }
}

/**
 * The network as a function of its input tensor.
 * @param {any} tf @param {Description} description @param {Uint8Array} weights
 */
export function buildNetwork(tf, description, weights) {
  /** @type {Record<string, any>} */
  const constants = {};
  for (const [id, { offset, shape }] of Object.entries(description.constants)) {
    const count = shape.reduce((all, size) => all * size, 1);
    constants[id] = tf.variable(
      tf.tensor(new Float32Array(weights.buffer, weights.byteOffset + 4 * offset, count), [...shape]),
    );
  }
  return (/** @type {any} */ input) => {
    /** @type {Record<string, any>} */
    const values = { ...constants, [description.input]: input };
    for (const call of description.calls) {
      values[call.output] = apply(
        tf,
        call,
        call.inputs.map((id) => values[id]),
      );
    }
    return values[description.output];
  };
}
