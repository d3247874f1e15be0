// Who is in a photo, and whether two show one person.
import { ask, form } from "./api.js";
import { el, byID, attempt, count } from "./dom.js";
import { bitmap, picture, legend, facts } from "./draw.js";
import { picker } from "./picker.js";

export function setUpLook(about) {
  picker(byID("look-photo"), { label: "Drop a photo here", demo: about.demo || [], take: file => attempt(() => look(file)) });
  for (const side of ["a", "b"]) {
    const box = byID("compare-" + side);
    picker(box, { label: side === "a" ? "The first photo" : "The second photo", demo: about.demo || [], take: file => attempt(() => choose(side, file)) });
    box.append(el("div", { class: "shown" }));
  }
}

async function look(file) {
  const out = byID("look-result");
  out.replaceChildren(el("p", { class: "busy" }, "Looking …"));
  try {
    const [seen, image] = await Promise.all([ask("POST", "/v1/identify", form([["photo", file]])), bitmap(file)]);
    out.replaceChildren(show(seen, image, file.name));
  } catch (e) {
    out.replaceChildren();
    throw e;
  }
}

function show(seen, image, name) {
  const faces = seen.faces.map(f => ({ ...f.face, color: f.known ? "#43d17a" : "#ffd23c" }));
  const photo = el("div", {}, picture(image, seen.photo.width, seen.photo.height, faces, `${name} with ${count(faces.length, "face")} marked`), legend());
  const list = el("ul", { class: "faces" }, ...seen.faces.map((f, i) => card(f, seen.faces.length > 1 ? i + 1 : 0, seen.people)));
  if (!faces.length) list.append(el("li", { class: "card" }, "There is no face in it."));
  return el("div", { class: "seen" }, photo, list);
}

function card(f, number, people) {
  const best = f.candidates[0];
  let who = el("span", { class: "who maybe" }, people ? "Nobody who is enrolled" : "Nobody is enrolled yet");
  if (f.known) who = el("span", { class: "who yes" }, best.person.name || "Somebody without a name");
  const nearest = best && !f.known ? el("span", { class: "busy" }, `nearest: ${best.person.name || "?"}, ${Math.abs(best.margin).toFixed(2)} below the threshold`) : null;
  const sure = f.known ? el("span", { class: "busy" }, `${best.margin.toFixed(2)} above the threshold`) : null;
  return el("li", { class: "card" }, number ? el("strong", {}, "Face " + number) : null, who, sure, nearest, ...facts(f.face));
}

const chosen = {};

async function choose(side, file) {
  chosen[side] = file;
  const shown = byID("compare-" + side).querySelector(".shown");
  const image = await bitmap(file);
  shown.replaceChildren(image ? picture(image, image.width, image.height, [], file.name) : el("p", {}, file.name));
  if (chosen.a && chosen.b) await compare();
}

async function compare() {
  const out = byID("compare-result");
  out.replaceChildren(el("p", { class: "busy" }, "Comparing …"));
  try {
    const v = await ask("POST", "/v1/verify", form([["a", chosen.a], ["b", chosen.b]]));
    const color = v.same ? "#43d17a" : "#ff8a3c";
    for (const side of ["a", "b"]) {
      const image = await bitmap(chosen[side]);
      const shown = byID("compare-" + side).querySelector(".shown");
      if (image) shown.replaceChildren(picture(image, image.width, image.height, [{ ...v[side], color }], chosen[side].name), el("div", { class: "card" }, ...facts(v[side])));
    }
    out.replaceChildren(el("div", { class: "card" },
      el("p", { class: "verdict " + (v.same ? "yes" : "no") }, v.same ? "One person" : "Two people"),
      el("p", { class: "lead" }, `The cosine is ${v.cosine.toFixed(3)}; from ${v.threshold.toFixed(3)} on it is one person, for faces of these poses.`)));
    out.scrollIntoView({ block: "nearest" });
  } catch (e) {
    out.replaceChildren();
    throw e;
  }
}
