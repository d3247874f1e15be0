// Shows the server's document.
import { el, byID } from "./dom.js";

const spec = await (await fetch("/openapi.json")).json();
byID("lead").textContent = spec.info.description;

const resolve = s => s?.$ref ? spec.components.schemas[s.$ref.split("/").pop()] : s;

// sketch is a schema as an example in few lines.
function sketch(schema, depth = 0) {
  const s = resolve(schema) || {};
  if (s.enum) return s.enum.join(" | ");
  const type = Array.isArray(s.type) ? s.type.find(t => t !== "null") : s.type;
  if (type === "array") return depth > 3 ? ["…"] : [sketch(s.items, depth + 1)];
  if (type !== "object") return s.format || type || "…";
  if (!s.properties) return { name: sketch(s.additionalProperties, depth + 1) };
  if (depth > 3) return "…";
  return Object.fromEntries(Object.entries(s.properties).map(([k, v]) => [k, sketch(v, depth + 1)]));
}

function operation(method, path, op) {
  const body = Object.entries(op.requestBody?.content || {});
  const good = Object.entries(op.responses).find(([code]) => code < "300");
  const answer = good?.[1].content?.["application/json"]?.schema;
  const parts = [el("p", {}, op.description || "")];
  for (const p of op.parameters || []) parts.push(el("p", {}, el("code", {}, `${p.in} ${p.name}`), " " + (p.description || "")));
  for (const [kind, b] of body) {
    if (kind.startsWith("image/")) parts.push(el("p", {}, el("code", {}, kind), " the photo itself"));
    else parts.push(el("p", {}, el("code", {}, kind)), el("pre", {}, JSON.stringify(sketch(b.schema), null, 2)));
  }
  if (answer) parts.push(el("p", {}, "Answer"), el("pre", {}, JSON.stringify(sketch(answer), null, 2)));
  const problems = Object.keys(op.responses).filter(c => c >= "300").join(", ");
  if (problems) parts.push(el("p", { class: "summary" }, "Problems: " + problems));
  return el("article", {}, el("details", {}, el("summary", {}, el("code", { class: "method" }, method.toUpperCase()), el("code", {}, path), el("span", { class: "summary" }, op.summary)), ...parts));
}

for (const [path, item] of Object.entries(spec.paths)) {
  for (const method of ["get", "post", "put", "delete"]) {
    if (item[method]) byID("operations").append(operation(method, path, item[method]));
  }
}
