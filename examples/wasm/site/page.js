// The page: two photos, their faces, and the answer about the two that are marked.
"use strict";

const worker = new Worker("worker.js");
const waiting = new Map(); // by id: the calls that have no answer yet
const loaded = {};
const slots = {};
let calls = 0;

const byId = (id) => document.getElementById(id);
const whole = (x) => String(Math.round(x) || 0); // without -0
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

// ask has the worker call one of the library's functions.
function ask(call, ...args) {
  return new Promise((resolve, reject) => {
    waiting.set(++calls, { resolve, reject });
    worker.postMessage({ id: calls, call, args });
  });
}

function fail(message) {
  byId("status").textContent = message;
  document.body.dataset.state = "failed";
}

worker.onerror = (e) => fail(e.message);
worker.onmessage = ({ data }) => {
  if (data.loading) {
    loaded[data.loading] = data.bytes;
    byId("status").textContent = "Loading " + Object.entries(loaded).map(([what, n]) => `${what}: ${megabytes(n)}`).join(", ");
  } else if (data.started) {
    byId("status").textContent = "Ready.";
    document.body.dataset.state = "ready";
    tellCost.worker = data.wire;
    tellCost(data.memory);
  } else if (data.failed) {
    fail(data.failed);
  } else {
    const call = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.error) call.reject(new Error(data.error));
    else call.resolve(data);
  }
};

// tellCost says what it took to come here: the worker's files and the page's.
function tellCost(memory) {
  const wire = performance.getEntriesByType("resource").reduce((sum, e) => sum + e.transferSize, tellCost.worker);
  byId("cost").textContent = `The program uses ${megabytes(memory)} of memory; ${megabytes(wire)} came over the wire.`;
}

// Slot is a photo with its faces.
class Slot {
  constructor(section, title) {
    this.name = section.dataset.slot;
    this.section = section;
    section.append(byId("slot").content.cloneNode(true));
    section.querySelector("h2").textContent = title;
    this.canvas = section.querySelector("canvas");
    this.stage = section.querySelector(".stage");
    this.note = section.querySelector(".note");
    this.list = section.querySelector(".faces");
    this.canvas.setAttribute("aria-label", title);
    section.querySelector("input").addEventListener("change", (e) => { if (e.target.files[0]) this.take(e.target.files[0]); });
    section.addEventListener("dragover", (e) => { e.preventDefault(); section.classList.add("over"); });
    section.addEventListener("dragleave", () => section.classList.remove("over"));
    section.addEventListener("drop", (e) => {
      e.preventDefault();
      section.classList.remove("over");
      if (e.dataTransfer.files[0]) this.take(e.dataTransfer.files[0]);
    });
  }

  say(text, failed = false) {
    this.note.textContent = text;
    this.note.classList.toggle("failed", failed);
  }

  // take finds the faces of a photo. A photo that is chosen while it does replaces it.
  async take(blob) {
    const turn = (this.turn = (this.turn ?? 0) + 1);
    this.faces = undefined;
    this.list.replaceChildren();
    compare();
    this.say("Looking for faces…");
    try {
      const bytes = new Uint8Array(await blob.arrayBuffer());
      const picture = await createImageBitmap(blob).catch(() => null); // a format that only the library reads
      const { answer, seconds, memory } = await ask("faces", this.name, bytes);
      if (turn !== this.turn) return;
      this.faces = answer.records.filter((r) => r.faces > 0);
      this.draw(picture, answer);
      const found = { 0: "No face", 1: "One face" }[this.faces.length] ?? `${this.faces.length} faces`;
      this.say(`${found} in ${answer.width}×${answer.height} pixels, ${seconds.toFixed(1)} s.`);
      this.section.dataset.seconds = seconds;
      tellCost(memory);
      this.choose();
    } catch (e) {
      if (turn === this.turn) this.say(e.message, true);
    }
    compare();
  }

  draw(picture, { width, height }) {
    this.stage.hidden = false;
    [this.canvas.width, this.canvas.height] = [width, height];
    const c = this.canvas.getContext("2d");
    if (picture) c.drawImage(picture, 0, 0, width, height);
    this.faces.forEach((f, i) => {
      const [x, y, w, h] = f.box, thick = Math.max(2, width / 250);
      Object.assign(c, { lineWidth: thick, strokeStyle: "#2bd47d", fillStyle: "#ffd400", font: `${thick * 8}px system-ui` });
      c.strokeRect(x, y, w, h);
      for (const [px, py] of f.landmarks) {
        c.beginPath();
        c.arc(px, py, thick * 1.2, 0, 7);
        c.fill();
      }
      if (!f.turned) axes(c, f);
      c.fillText(String(i + 1), x + thick * 2, y + thick * 9);
    });
  }

  // choose lists the faces, the largest marked.
  choose() {
    const largest = this.faces.reduce((best, f, i) => (f.box[2] * f.box[3] > this.faces[best].box[2] * this.faces[best].box[3] ? i : best), 0);
    this.list.replaceChildren(...this.faces.map((f, i) => {
      const label = document.createElement("label"), radio = document.createElement("input"), more = document.createElement("small");
      Object.assign(radio, { type: "radio", name: this.name, value: i, checked: i === largest });
      radio.addEventListener("change", compare);
      const { yaw, pitch, roll } = f.pose_deg;
      const flaws = [...(f.flaws ?? []), ...(f.doubt ? [f.doubt] : [])];
      more.textContent = `yaw ${whole(yaw)}°, pitch ${whole(pitch)}°, roll ${whole(roll)}°; quality ${(f.quality ?? 0).toFixed(2)}${flaws.length ? ": " + flaws.join(", ") : ""}`;
      label.append(radio, ` Face ${i + 1}`, more);
      const item = document.createElement("li");
      item.append(label);
      return item;
    }));
  }

  get marked() {
    const radio = this.list.querySelector("input:checked");
    return radio ? Number(radio.value) : undefined;
  }
}

// axes draws the head's axes from the middle of the box, as the camera sees them: red to
// the head's left, green up, blue out of the face. They are the columns of the rotation
// that package pose states; the canvas counts downwards.
function axes(c, { box: [x, y, w, h], pose_deg: pose }) {
  const [[sy, cy], [sp, cp], [sr, cr]] = [pose.yaw, pose.pitch, pose.roll].map((deg) => [Math.sin((deg * Math.PI) / 180), Math.cos((deg * Math.PI) / 180)]);
  const ends = [
    ["#ff4d4d", cy * cr, sp * sy * cr - cp * sr],
    ["#3ddc5b", cy * sr, sp * sy * sr + cp * cr],
    ["#4d8dff", -sy, sp * cy],
  ];
  const length = 0.6 * Math.max(w, h);
  for (const [color, right, up] of ends) {
    c.strokeStyle = color;
    c.beginPath();
    c.moveTo(x + w / 2, y + h / 2);
    c.lineTo(x + w / 2 + right * length, y + h / 2 - up * length);
    c.stroke();
  }
}

// compare asks about the two marked faces.
async function compare() {
  const turn = (compare.turn = (compare.turn ?? 0) + 1), verdict = byId("verdict");
  const [a, b] = [slots.a.marked, slots.b.marked];
  verdict.className = "";
  if (a === undefined || b === undefined) {
    verdict.textContent = "Two photos with a face each get an answer here.";
    return;
  }
  try {
    const { answer } = await ask("compare", "a", a, "b", b);
    if (turn !== compare.turn) return;
    verdict.className = answer.same ? "same" : "other";
    const title = document.createElement("strong");
    title.textContent = answer.same ? "One person" : "Two people";
    verdict.replaceChildren(title, `cosine ${answer.cosine.toFixed(3)}, threshold ${answer.threshold.toFixed(3)}` +
      (answer.fmr ? `: of two people one pair in ${Math.round(1 / answer.fmr)} is taken for one` : ""));
  } catch (e) {
    if (turn === compare.turn) verdict.textContent = e.message;
  }
}

async function start() {
  for (const section of document.querySelectorAll(".photo")) {
    slots[section.dataset.slot] = new Slot(section, section.getAttribute("aria-label"));
  }
  compare();
  const { demo, credits } = await (await fetch("site.json")).json();
  if (!demo?.length) return;
  byId("credits").textContent = credits ?? "";
  byId("demo").hidden = false;
  byId("demo").addEventListener("click", async () => {
    const blobs = await Promise.all(demo.map(async (name) => (await fetch(name)).blob()));
    slots.a.take(blobs[0]);
    slots.b.take(blobs[1]);
  });
}

start();
