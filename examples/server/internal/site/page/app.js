import { ask, setKey } from "./api.js";
import { byID, attempt } from "./dom.js";
import { setUpLook } from "./look.js";
import { setUpPeople, showPeople } from "./people.js";
import { setUpGroups, showGroups } from "./groups.js";

const rooms = ["look", "compare", "people", "groups"];

// show goes to the room that the address names.
function show() {
  const name = rooms.includes(location.hash.slice(1)) ? location.hash.slice(1) : "look";
  for (const r of rooms) byID(r).hidden = r !== name;
  for (const a of document.querySelectorAll("nav a")) {
    if (a.getAttribute("href") === "#" + name) a.setAttribute("aria-current", "page");
    else a.removeAttribute("aria-current");
  }
  byID("problem").hidden = true;
  if (name === "people") attempt(showPeople);
  if (name === "groups") attempt(showGroups);
}

// start asks what the server is; without a key it may not say so.
async function start() {
  const about = await ask("GET", "/v1/about");
  setUpLook(about);
  setUpPeople(about);
  setUpGroups(about);
  byID("about").textContent = `Models: ${about.pack}, on ${about.engine}.`;
  if (!about.detector) {
    byID("note").textContent = "These people do not exist. This demonstration knows its own photos only: for yours, start the server with \u2011demo \u2011pack sface.";
    byID("note").hidden = false;
  }
  addEventListener("hashchange", show);
  show();
  document.body.dataset.ready = "yes";
}

byID("key-form").addEventListener("submit", () => {
  setKey(byID("key").value.trim());
  location.reload();
});
attempt(start);
