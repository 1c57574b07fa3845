// Keyboard: / search, n new job, g and a letter to go somewhere, ? the list of keys.
const root = document.documentElement.dataset.root;
const places = { j: "/", d: "/datasets", m: "/models", t: "/try" };
let afterG = false;

function typing(target) {
  return target.closest("input:not([type=checkbox],[type=radio],[type=range]), textarea, select, dialog[open]");
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target instanceof Element ? event.target : document.body;
  if (event.key === "Escape" && target.matches("input, select")) target.blur();
  if (typing(target)) return;
  if (act(event.key)) event.preventDefault();
});

function act(key) {
  if (afterG && key in places) {
    location.assign(root + places[key]);
    return true;
  }
  afterG = key === "g";
  if (key === "?") return open("keys");
  if (key === "n") return go(document.getElementById("new-job").href);
  if (key === "/") {
    const search = document.querySelector("[data-search]");
    if (!search) return go(`${root}/#search`);
    search.focus();
    search.select();
    return true;
  }
  return afterG;
}

function go(address) {
  location.assign(address);
  return true;
}

function open(id) {
  document.getElementById(id).showModal();
  return true;
}

for (const button of document.querySelectorAll("[data-open]")) {
  button.addEventListener("click", () => open(button.dataset.open));
}
if (location.hash === "#search") document.getElementById("search")?.focus();
