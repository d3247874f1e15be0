// How the page asks the server.

const slot = "pifr-key";

// Problem is what the server says is wrong.
export class Problem extends Error {
  constructor(status, body) {
    const details = (body.errors || []).map(e => `${e.location ? e.location.replace(/^body\./, "") + ": " : ""}${e.message}`);
    super([body.detail || `the server says ${status}`, ...new Set(details)].join("\n"));
    this.status = status;
  }
}

export function setKey(key) { sessionStorage.setItem(slot, key); }

// ask asks for JSON, or for a picture; body is a form, or a value to be sent as JSON.
export async function ask(method, path, body) {
  const headers = {};
  const key = sessionStorage.getItem(slot);
  if (key) headers.Authorization = "Bearer " + key;
  if (body && !(body instanceof FormData)) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(path, { method, headers, body });
  } catch {
    throw new Problem(0, { detail: "the server cannot be reached" });
  }
  const kind = answer.headers.get("Content-Type") || "";
  if (!answer.ok) throw new Problem(answer.status, kind.includes("json") ? await answer.json() : {});
  if (kind.startsWith("image/")) return answer.blob();
  return answer.status === 204 ? null : answer.json();
}

// form makes a form of fields and files.
export function form(fields) {
  const f = new FormData();
  for (const [name, value] of fields) f.append(name, value);
  return f;
}
