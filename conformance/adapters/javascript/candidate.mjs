// A gradspec candidate in plain JavaScript: the protocol is here, the mathematics in layers.mjs.
// It needs Node.js 20 and nothing else:
//
//     gradspec check -- node conformance/adapters/javascript/candidate.mjs

import { once } from "node:events";
import { layers, transpose } from "./layers.mjs";

const dtypes = ["float64", "float32"];
const arrays = { float64: Float64Array, float32: Float32Array, int64: BigInt64Array };

const mapValues = (object, f) => Object.fromEntries(Object.entries(object).map(([k, v]) => [k, f(v, k)]));

const hello = {
  kind: "hello",
  protocol: 1,
  implementation: { name: "javascript", version: "1.0", language: "javascript" },
  layers: mapValues(layers, ({ attributes }) => ({ dtypes, attributes })),
  encoding: "base64",
};

/** A request that gets a refusal for its answer. */
class Refusal extends Error {
  constructor(reason, message) {
    super(message);
    this.reason = reason;
  }
}

function demand(condition, message, reason = "invalid_input") {
  if (!condition) throw new Refusal(reason, message);
}

function demandNames(what, given, wanted) {
  const names = Object.keys(given ?? {});
  const agreed = names.length === wanted.length && wanted.every((name) => names.includes(name));
  demand(agreed, `${what} must be [${wanted}], got [${names}]`);
}

function decode(name, tensor, dtype) {
  demand(!("same" in tensor || "strides" in tensor), `${name}: views and aliased inputs were not declared`, "unsupported");
  const { shape, data } = tensor;
  demand(tensor.dtype === dtype, `${name} must be ${dtype}, got ${tensor.dtype}`);
  const proper = Array.isArray(shape) && shape.every((n) => Number.isSafeInteger(n) && n >= 0);
  demand(proper, `${name} has no proper shape`);
  demand(typeof data === "string", `${name}: data must be base64 text`);
  const bytes = Buffer.from(data, "base64");
  const expected = shape.reduce((a, b) => a * b, 1) * arrays[dtype].BYTES_PER_ELEMENT;
  demand(bytes.length === expected, `${name} must have ${expected} bytes, got ${bytes.length}`);
  // The copy starts at 0 of a buffer of its own; `bytes` may lie anywhere in a shared one, unaligned.
  // Typed arrays have the machine's byte order, little-endian like the protocol's on all that Node is common on.
  return { shape, data: new arrays[dtype](new Uint8Array(bytes).buffer) };
}

function encode({ shape, data }, dtype) {
  return { dtype, shape, data: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64") };
}

/** Compare a shape with its symbols; a symbol takes its size where it first occurs. */
function fits(shape, symbols, sizes) {
  if (symbols === "S") return (sizes.S ??= String(shape)) === String(shape);
  return shape.length === symbols.length && symbols.every((s, i) => (sizes[s] ??= shape[i]) === shape[i]);
}

function evaluate({ id, layer: name, dtype, attributes, inputs, cotangents, gradients }) {
  demand(Object.hasOwn(layers, name), `layer ${name} was not declared`, "unsupported");
  const layer = layers[name];
  demand(dtypes.includes(dtype), `dtype ${dtype} was not declared`, "unsupported");
  demandNames("attributes", attributes, Object.keys(layer.attributes));
  for (const [attribute, values] of Object.entries(layer.attributes)) {
    const value = attributes[attribute];
    demand(values.includes(value), `${attribute} has no value ${value}`, "invalid_input");
  }

  const inputNames = Object.keys(layer.inputs);
  const differentiable = inputNames.filter((input) => input !== "labels");
  demandNames("inputs", inputs, inputNames);
  const known = Array.isArray(gradients) && gradients.every((input) => differentiable.includes(input));
  const distinct = known && new Set(gradients).size === gradients.length;
  demand(distinct, `gradients must be among [${differentiable}], each once, got [${gradients}]`);
  demandNames("cotangents", cotangents, gradients.length ? Object.keys(layer.cotangents) : []);

  const columns = attributes.layout === "columns";
  const turn = (tensor) => (columns && tensor.shape.length === 2 ? transpose(tensor) : tensor);
  const sizes = {};
  const take = (what, tensor, symbols) => {
    const decoded = decode(what, tensor, what === "labels" ? "int64" : dtype);
    const wanted = columns ? symbols.toReversed() : symbols;
    const before = JSON.stringify(sizes);
    const agreed = fits(decoded.shape, wanted, sizes);
    demand(agreed, `${what} must be (${wanted}), got (${decoded.shape}), where ${before}`);
    return turn(decoded);
  };
  const given = mapValues(layer.inputs, (symbols, input) => take(input, inputs[input], symbols));
  if (given.labels) {
    demand(sizes.C >= 1, "there must be at least one class");
    const wrong = given.labels.data.find((label) => label < 0n || label >= sizes.C);
    demand(wrong === undefined, `labels must lie in 0 .. ${sizes.C - 1}, got ${wrong}`);
    given.labels.data = Array.from(given.labels.data, Number);
  }
  const upstream = mapValues(cotangents, (tensor, output) => {
    const symbols = layer.cotangents[output];
    return take(`the cotangent of ${output}`, tensor, symbols[attributes.reduction] ?? symbols);
  });

  const write = (tensor) => encode(turn(tensor), dtype);
  const found = gradients.length ? layer.backward(upstream, given, attributes) : {};
  return {
    kind: "result",
    id,
    outputs: mapValues(layer.forward(given, attributes), write),
    gradients: Object.fromEntries(gradients.map((input) => [input, write(found[input])])),
  };
}

function answer(request) {
  if (request.kind === "hello") return hello;
  if (request.kind !== "evaluate") throw new Error(`no such kind of request: ${request.kind}`);
  const { id } = request;
  try {
    return evaluate(request);
  } catch (error) {
    if (error instanceof Refusal) return { kind: "refusal", id, reason: error.reason, message: error.message };
    console.error(error);
    return { kind: "error", id, message: String(error) };
  }
}

/** Split a stream into lines. node:readline would also break at U+2028, which may stand in a JSON string. */
async function* lines(stream) {
  let parts = [];
  for await (let chunk of stream) {
    for (let end; (end = chunk.indexOf("\n")) >= 0; chunk = chunk.subarray(end + 1)) {
      yield Buffer.concat([...parts, chunk.subarray(0, end)]).toString();
      parts = [];
    }
    parts.push(chunk);
  }
}

try {
  for await (const line of lines(process.stdin)) {
    const request = JSON.parse(line);
    if (request.kind === "bye") break;
    if (!process.stdout.write(JSON.stringify(answer(request)) + "\n")) await once(process.stdout, "drain");
  }
} catch (error) {
  // What is no request has no id to answer under.
  console.error(`javascript candidate: ${error.message}`);
  process.exitCode = 1;
}
