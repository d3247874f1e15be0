// How a photo gets into the page: dropped, chosen, taken with the camera, pasted, or one of
// the demonstration's.
import { el, byID, attempt } from "./dom.js";

// picker fills a box, and calls take with each file.
export function picker(box, { label, take, demo = [], several = false }) {
  const input = el("input", { type: "file", accept: "image/*", multiple: several, "aria-label": label });
  input.addEventListener("change", () => {
    for (const f of input.files) take(f);
    input.value = "";
  });
  const drop = el("div", { class: "drop" }, el("p", {}, label), el("span", { class: "file" }, several ? "Choose photos" : "Choose a photo", input));
  if (navigator.mediaDevices?.getUserMedia) drop.append(el("button", { type: "button", onclick: () => attempt(() => camera(take)) }, "Use the camera"));
  drop.addEventListener("dragover", e => {
    e.preventDefault();
    drop.classList.add("over");
  });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", e => {
    e.preventDefault();
    drop.classList.remove("over");
    const files = [...e.dataTransfer.files].slice(0, several ? undefined : 1);
    files.forEach(take);
  });
  box.replaceChildren(drop);
  if (demo.length) box.append(strip(demo, take));
}

// strip shows the demonstration's photos.
function strip(demo, take) {
  return el("ul", { class: "strip", "aria-label": "Photos of the demonstration" }, ...demo.map(d => {
    const button = el("button", { type: "button", title: d.name, "data-photo": d.name, onclick: () => attempt(async () => {
      const data = await (await fetch("/demo/photos/" + d.name)).blob();
      take(new File([data], d.name, { type: "image/jpeg" }));
    }) }, el("img", { src: "/demo/photos/" + d.name, alt: d.name, loading: "lazy", width: 60, height: 60 }));
    return el("li", {}, button);
  }));
}

// camera takes a photo.
async function camera(take) {
  const dialog = byID("camera-dialog"), video = byID("camera");
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user", width: { ideal: 1280 } } });
  } catch {
    throw new Error("the camera cannot be used: the browser or the system does not allow it");
  }
  video.srcObject = stream;
  dialog.showModal();
  const chosen = await new Promise(done => {
    byID("camera-take").onclick = () => done(true);
    byID("camera-cancel").onclick = () => done(false);
    dialog.onclose = () => done(false);
  });
  const canvas = el("canvas", { width: video.videoWidth, height: video.videoHeight });
  if (chosen) canvas.getContext("2d").drawImage(video, 0, 0);
  stream.getTracks().forEach(t => t.stop());
  dialog.onclose = null;
  dialog.close();
  if (!chosen) return;
  const data = await new Promise(done => canvas.toBlob(done, "image/jpeg", 0.92));
  take(new File([data], "camera.jpg", { type: "image/jpeg" }));
}
