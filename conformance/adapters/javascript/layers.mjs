// The mathematics of the five layers, and the contract of each: attributes, names and symbolic shapes.
//
// A tensor is { shape, data } with row-major data in a Float64Array or Float32Array. Storing into a Float32Array
// rounds, and that is all the care float32 needs here; in between, sums run in double.
// Examples are rows throughout; candidate.mjs transposes for layout "columns".

/** Fill a new matrix, of the precision of `like`, with `element(i, j)`. */
function matrix(like, rows, columns, element) {
  const data = new like.data.constructor(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) data[i * columns + j] = element(i, j);
  }
  return { shape: [rows, columns], data };
}

export function transpose(m) {
  const [rows, columns] = m.shape;
  return matrix(m, columns, rows, (i, j) => m.data[j * columns + i]);
}

function product(a, b) {
  const [rows, inner] = a.shape;
  const [, columns] = b.shape;
  return matrix(a, rows, columns, (i, j) => {
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += a.data[i * inner + k] * b.data[k * columns + j];
    return sum;
  });
}

function sumOfRows(m) {
  const [rows, columns] = m.shape;
  const { data } = matrix(m, 1, columns, (_, j) => {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += m.data[i * columns + j];
    return sum;
  });
  return { shape: [columns], data };
}

const identity = {
  forward: ({ x }) => ({ y: x }),
  backward: ({ y: dy }) => ({ x: dy }),
};

const affine = {
  forward({ x, w, b }) {
    const xw = product(x, w);
    const [rows, columns] = xw.shape;
    return { y: matrix(x, rows, columns, (i, j) => xw.data[i * columns + j] + b.data[j]) };
  },
  backward: ({ y: dy }, { x, w }) => ({
    x: product(dy, transpose(w)),
    w: product(transpose(x), dy),
    b: sumOfRows(dy),
  }),
};

const relu = {
  // Math.max keeps NaN, where `v > 0 ? v : 0` would lose it.
  forward: ({ x }) => ({ y: { shape: x.shape, data: x.data.map((v) => Math.max(v, 0)) } }),
  // A selection: multiplying by 0 or 1 would make NaN of an infinite cotangent.
  backward: ({ y: dy }, { x }) => ({
    x: { shape: x.shape, data: dy.data.map((d, i) => (x.data[i] > 0 ? d : 0)) },
  }),
};

const softmaxCrossEntropy = {
  forward({ logits, labels }, { reduction }) {
    const [examples, classes] = logits.shape;
    const Floats = logits.data.constructor;
    const losses = new Floats(examples);
    const probabilities = new Floats(examples * classes);
    for (let i = 0; i < examples; i++) {
      const row = logits.data.subarray(i * classes, (i + 1) * classes);
      const top = row.reduce((a, b) => Math.max(a, b));
      const z = row.map((v) => v - top); // at most 0, so no exponential overflows, and one of them is 1
      const exponentials = z.map((v) => Math.exp(v));
      const sum = exponentials.reduce((a, b) => a + b);
      probabilities.set(exponentials.map((e) => e / sum), i * classes);
      // Not top + log(sum) - row[label]: beside a large top, the logarithm would lose its digits.
      losses[i] = Math.log(sum) - z[labels.data[i]];
    }
    return { loss: reduce(losses, reduction), probabilities: { shape: logits.shape, data: probabilities } };
  },
  backward({ loss: dloss }, { logits, labels }, { reduction }) {
    const { probabilities: p } = this.forward({ logits, labels }, { reduction });
    const [examples, classes] = p.shape;
    const divisor = reduction === "mean" ? examples : 1;
    const weight = (i) => dloss.data[reduction === "none" ? i : 0] / divisor;
    const onehot = (i, j) => (j === labels.data[i] ? 1 : 0);
    return {
      logits: matrix(p, examples, classes, (i, j) => weight(i) * (p.data[i * classes + j] - onehot(i, j))),
    };
  },
};

function reduce(losses, reduction) {
  if (reduction === "none") return { shape: [losses.length], data: losses };
  const sum = losses.reduce((a, b) => a + b, 0);
  // Over no examples the mean is 0 / 0, the NaN that the spec asks for.
  return { shape: [], data: losses.constructor.of(reduction === "mean" ? sum / losses.length : sum) };
}

const twoLayerClassifier = {
  activations({ x, w1, b1, w2, b2 }) {
    const { y: a } = affine.forward({ x, w: w1, b: b1 });
    const { y: h } = relu.forward({ x: a });
    const { y: logits } = affine.forward({ x: h, w: w2, b: b2 });
    return { a, h, logits };
  },
  forward(inputs, attributes) {
    const { logits } = this.activations(inputs);
    return softmaxCrossEntropy.forward({ logits, labels: inputs.labels }, attributes);
  },
  backward(cotangents, inputs, attributes) {
    const { x, w1, w2, labels } = inputs;
    const { a, h, logits } = this.activations(inputs);
    const { logits: dlogits } = softmaxCrossEntropy.backward(cotangents, { logits, labels }, attributes);
    const { x: dh, w: dw2, b: db2 } = affine.backward({ y: dlogits }, { x: h, w: w2 });
    const { x: da } = relu.backward({ y: dh }, { x: a });
    const { x: dx, w: dw1, b: db1 } = affine.backward({ y: da }, { x, w: w1 });
    return { x: dx, w1: dw1, b1: db1, w2: dw2, b2: db2 };
  },
};

const layout = ["rows", "columns"];
const reduction = ["mean", "sum", "none"];
const reduced = { mean: [], sum: [], none: ["N"] };

// "S" stands for a whole shape. `labels` is the one input that is not floats: int64, in 0 .. C - 1, C at least 1.
export const layers = {
  identity: { ...identity, attributes: {}, inputs: { x: "S" }, cotangents: { y: "S" } },
  affine: {
    ...affine,
    attributes: { layout },
    inputs: { x: ["N", "D"], w: ["D", "H"], b: ["H"] },
    cotangents: { y: ["N", "H"] },
  },
  relu: { ...relu, attributes: {}, inputs: { x: "S" }, cotangents: { y: "S" } },
  softmax_cross_entropy: {
    ...softmaxCrossEntropy,
    attributes: { layout, reduction },
    inputs: { logits: ["N", "C"], labels: ["N"] },
    cotangents: { loss: reduced },
  },
  two_layer_classifier: {
    ...twoLayerClassifier,
    attributes: { layout, reduction },
    inputs: { x: ["N", "D"], w1: ["D", "H"], b1: ["H"], w2: ["H", "C"], b2: ["C"], labels: ["N"] },
    cotangents: { loss: reduced },
  },
};
