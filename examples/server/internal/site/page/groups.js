// Faces of folders, in groups.
import { ask } from "./api.js";
import { el, byID, attempt, count } from "./dom.js";

let groups = new Map(), faces = new Set(), chosen = new Set(), writes = true;

export function setUpGroups(about) {
  writes = about.role !== "read";
  byID("job").hidden = !about.roots?.length;
  if (about.roots?.length) byID("job-folder").value = about.roots[0];
  byID("job").addEventListener("submit", e => {
    e.preventDefault();
    attempt(job);
  });
  byID("groups-merge").hidden = byID("groups-split").hidden = !writes;
  byID("groups-merge").addEventListener("click", () => attempt(merge));
  byID("groups-split").addEventListener("click", () => attempt(split));
}

async function job() {
  const state = byID("job-state");
  let j = await ask("POST", "/v1/jobs", { folder: byID("job-folder").value });
  while (j.state === "waiting" || j.state === "running") {
    state.textContent = `${j.looked} of ${count(j.photos, "photo")} …`;
    await new Promise(done => setTimeout(done, 500));
    j = await ask("GET", "/v1/jobs/" + j.id);
  }
  state.textContent = j.state === "failed" ? "Failed: " + j.error : `${count(j.looked, "photo")}, ${count(j.faces, "face")}` + (j.failed ? `, ${j.failed} failed` : "");
  await showGroups();
}

export async function showGroups() { show(await ask("GET", "/v1/groups")); }

// Pictures are kept while the page is open: groups change often, faces do not.
const pictures = new Map();

async function source(id) {
  if (!pictures.has(id)) pictures.set(id, ask("GET", `/v1/groups/faces/${encodeURIComponent(id)}/picture`).then(b => URL.createObjectURL(b), () => ""));
  return pictures.get(id);
}

function show(page) {
  groups = new Map(page.groups.map(g => [g.id, g]));
  faces = new Set();
  chosen = new Set();
  const list = byID("groups-list");
  list.replaceChildren(...page.groups.map(group));
  if (page.alone.length) list.append(el("section", { class: "group" }, el("strong", {}, `${count(page.single, "face")} like nobody`), tiles(page.alone)));
  byID("groups-count").textContent = page.total ? `${count(page.total, "group")}` : "There are no groups yet.";
  update();
}

function group(g) {
  const box = el("input", { type: "checkbox", onchange: () => {
    if (box.checked) chosen.add(g.id);
    else chosen.delete(g.id);
    section.classList.toggle("on", box.checked);
    update();
  } });
  const head = el("header", {}, el("label", {}, writes ? box : null, "Group " + g.id, el("span", {}, count(g.size, "face") + (g.sure ? ", as said" : ""))));
  if (writes) head.append(naming(g));
  const section = el("section", { class: "group", "data-group": g.id }, head, tiles(g.faces));
  if (g.size > g.faces.length) section.append(el("p", { class: "busy" }, `and ${g.size - g.faces.length} more`));
  return section;
}

function naming(g) {
  const name = el("input", { placeholder: "Name", "aria-label": `Name of group ${g.id}`, maxlength: 200, required: true, autocomplete: "off" });
  const button = el("button", {}, "Enroll");
  return el("form", { onsubmit: e => {
    e.preventDefault();
    attempt(async () => {
      const done = await ask("POST", `/v1/groups/${g.id}/enroll`, { name: name.value.trim() });
      button.textContent = `Enrolled ${done.faces.length}`;
      button.disabled = true;
    });
  } }, name, button);
}

function tiles(all) {
  return el("ul", { class: "tiles" }, ...all.map(f => {
    const label = `${f.file}, yaw ${Math.round(f.pose.yaw)}°, quality ${f.quality.toFixed(2)}`;
    const image = el("img", { alt: label, width: 76, height: 76 });
    source(f.id).then(url => { if (url) image.src = url; });
    const button = el("button", { type: "button", title: [label, ...f.reasons].join("\n"), "aria-pressed": "false", disabled: !writes, onclick: () => {
      const on = !faces.has(f.id);
      if (on) faces.add(f.id);
      else faces.delete(f.id);
      button.setAttribute("aria-pressed", String(on));
      update();
    } }, image);
    return el("li", {}, button);
  }));
}

function update() {
  byID("groups-merge").disabled = chosen.size < 2;
  byID("groups-merge").textContent = chosen.size < 2 ? "Merge groups" : `Merge ${chosen.size} groups`;
  byID("groups-split").disabled = !faces.size;
  byID("groups-split").textContent = faces.size ? `Split ${count(faces.size, "face")} off` : "Split faces off";
}

// merge says that groups are one person. What was said against it before is taken back:
// people change their minds.
async function merge() {
  const all = [];
  for (const id of chosen) {
    const g = groups.get(id);
    const whole = g.size > g.faces.length ? await ask("GET", "/v1/groups/" + id) : g;
    all.push(...whole.faces.map(f => f.id));
  }
  try {
    show(await ask("POST", "/v1/groups/same", { faces: all }));
  } catch (e) {
    if (e.status !== 409 || !confirm("It was said before that these are different people. Are they one?")) throw e;
    await ask("POST", "/v1/groups/forget", { faces: all });
    show(await ask("POST", "/v1/groups/same", { faces: all }));
  }
}

async function split() { show(await ask("POST", "/v1/groups/split", { faces: [...faces] })); }
