// The library runs here, so that the page stays awake while it computes. Each message has
// an id, which the answer carries.
"use strict";

importScripts("wasm_exec.js");

const go = new Go();
let instance;

// fetched loads a file, and says how far it is.
async function fetched(name, what) {
  const response = await fetch(name);
  if (!response.ok) throw new Error(`${name}: ${response.status} ${response.statusText}`);
  const parts = [];
  let length = 0;
  for (const reader = response.body.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    length += value.length;
    postMessage({ loading: what, bytes: length });
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const memory = () => instance.exports.mem.buffer.byteLength;

async function start() {
  const { pack } = await (await fetch("site.json")).json();
  const [program, models] = await Promise.all([fetched("engine.wasm", "program"), fetched("models.zip", "models")]);
  ({ instance } = await WebAssembly.instantiate(program, go.importObject));
  const ready = new Promise((resolve) => { self.pifrReady = resolve; });
  go.run(instance).then(() => postMessage({ failed: "the program has ended" }));
  await ready;
  await pifr.open(pack, models);
}

const started = start();
const wire = () => performance.getEntriesByType("resource").reduce((sum, e) => sum + e.transferSize, 0);
started.then(() => postMessage({ started: true, memory: memory(), wire: wire() }), (e) => postMessage({ failed: e.message }));

onmessage = async ({ data: { id, call, args } }) => {
  try {
    await started;
    const began = performance.now();
    const answer = JSON.parse(await pifr[call](...args));
    postMessage({ id, answer, seconds: (performance.now() - began) / 1000, memory: memory() });
  } catch (e) {
    postMessage({ id, error: e.message });
  }
};
