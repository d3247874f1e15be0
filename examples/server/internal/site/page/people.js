// People who are enrolled.
import { ask, form } from "./api.js";
import { el, byID, attempt, count } from "./dom.js";
import { picker } from "./picker.js";

let files = [], selected = new Map(), next = "", shown = 0, writes = true, removes = true;

export function setUpPeople(about) {
  writes = about.role !== "read";
  removes = about.role === "admin";
  byID("enroll").hidden = !writes;
  picker(byID("enroll-photos"), { label: "One person to a photo; two or more photos are better than one", demo: about.demo || [], several: true, take: add });
  byID("enroll").addEventListener("submit", e => {
    e.preventDefault();
    attempt(enroll);
  });
  byID("people-merge").addEventListener("click", () => attempt(merge));
  byID("people-more").addEventListener("click", () => attempt(more));
}

function add(file) {
  files.push(file);
  list();
}

function list() {
  byID("enroll-chosen").replaceChildren(...files.map(f => {
    const url = URL.createObjectURL(f);
    const image = el("img", { src: url, alt: f.name, onload: () => URL.revokeObjectURL(url) });
    return el("li", {}, el("button", { type: "button", title: "Leave it out", "aria-label": "Leave out " + f.name, onclick: () => {
      files = files.filter(o => o !== f);
      list();
    } }, image));
  }));
  byID("enroll-go").disabled = !files.length;
}

async function enroll() {
  const name = byID("enroll-name").value.trim(), out = byID("enroll-result");
  out.replaceChildren(el("p", { class: "busy" }, "Enrolling …"));
  try {
    const e = await ask("POST", "/v1/people", form([["name", name], ...files.map(f => ["photos", f])]));
    const refused = e.refused.map(r => el("li", {}, `Photo ${r.photo + 1} was refused: ${r.reason}`));
    out.replaceChildren(el("p", { class: "yes" }, `${name} is enrolled with ${count(e.faces.length, "face")}.`), ...(refused.length ? [el("ul", {}, ...refused)] : []));
    files = [];
    byID("enroll-name").value = "";
    list();
    await showPeople();
  } catch (e) {
    out.replaceChildren();
    throw e;
  }
}

const pageOf = after => ask("GET", "/v1/people?limit=50&after=" + encodeURIComponent(after));

export async function showPeople() {
  const page = await pageOf("");
  shown = 0;
  selected = new Map();
  byID("people-list").replaceChildren();
  show(page);
}

async function more() { show(await pageOf(next)); }

function show(page) {
  next = page.next || "";
  shown += page.people.length;
  byID("people-list").append(...page.people.map(row));
  byID("people-more").hidden = !next;
  byID("people-count").textContent = shown ? `${shown}${next ? "+" : ""} ${shown === 1 ? "person" : "people"}` : "Nobody is enrolled yet.";
  byID("people-merge").hidden = !writes || shown < 2;
  update();
}

function row(p) {
  const box = el("input", { type: "checkbox", onchange: () => {
    if (box.checked) selected.set(p.id, p);
    else selected.delete(p.id);
    update();
  } });
  const item = el("li", {}, el("label", { class: "name" }, writes ? box : null, p.name || "Somebody without a name"));
  item.append(el("button", { type: "button", "aria-expanded": "false", onclick: e => attempt(() => details(p, item, e.target)) }, "Faces"));
  if (removes) item.append(el("button", { type: "button", class: "danger", onclick: () => attempt(() => remove(p)) }, "Remove"));
  return item;
}

async function details(p, item, button) {
  const open = item.querySelector("ul");
  button.setAttribute("aria-expanded", String(!open));
  if (open) {
    open.remove();
    return;
  }
  const all = await ask("GET", "/v1/people/" + encodeURIComponent(p.id));
  item.append(el("ul", {}, ...all.faces.map(f => el("li", {}, `${f.source || "a photo"}: yaw ${Math.round(f.pose.yaw)}°, quality ${f.quality.toFixed(2)}`))));
}

async function remove(p) {
  if (!confirm(`Remove ${p.name || "this person"} with all faces? This cannot be undone.`)) return;
  await ask("DELETE", "/v1/people/" + encodeURIComponent(p.id));
  await showPeople();
}

async function merge() {
  const [first, ...others] = selected.keys();
  await ask("POST", `/v1/people/${encodeURIComponent(first)}/merge`, { others });
  await showPeople();
}

function update() {
  const button = byID("people-merge"), first = [...selected.values()][0];
  button.disabled = selected.size < 2;
  button.textContent = selected.size < 2 ? "Merge the selected" : `Merge ${selected.size} into ${first.name || "the first"}`;
}
