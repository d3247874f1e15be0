// el makes an element: text is never read as HTML.
export function el(name, attributes = {}, ...children) {
  const e = document.createElement(name);
  for (const [k, v] of Object.entries(attributes)) {
    if (k.startsWith("on")) e.addEventListener(k.slice(2), v);
    else if (v === true) e.setAttribute(k, "");
    else if (v !== false && v != null) e.setAttribute(k, v);
  }
  e.append(...children.filter(c => c != null));
  return e;
}

export const byID = id => document.getElementById(id);

// attempt does something, and shows what went wrong.
export async function attempt(what) {
  const box = byID("problem");
  box.hidden = true;
  try {
    return await what();
  } catch (e) {
    if (e.status === 401) {
      byID("key-dialog").showModal();
      return undefined;
    }
    box.textContent = e.message;
    box.hidden = false;
    box.scrollIntoView({ block: "nearest" });
    return undefined;
  }
}

// count says how many there are.
export const count = (n, one, many = one + "s") => `${n} ${n === 1 ? one : many}`;
