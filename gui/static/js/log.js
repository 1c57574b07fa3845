// The log: follows its end, can be scrolled back, searched, and loads earlier parts.
const panel = document.querySelector("[data-log]");
const box = panel.querySelector(".log");
const list = box.querySelector("ol");
const earlier = document.getElementById("log-earlier");
const follow = document.getElementById("log-follow");
const search = document.getElementById("log-search");
const found = document.getElementById("log-found");
const CHUNK = 200_000; // bytes

let start = Number(panel.dataset.start);
let next = Number(panel.dataset.next);
let following = true;
let loading = Promise.resolve();

function items(lines) {
  return lines.map((line) => {
    const item = document.createElement("li");
    item.textContent = line;
    return item;
  });
}

async function read(query) {
  const answer = await fetch(`${panel.dataset.log}?${new URLSearchParams(query)}`);
  if (!answer.ok) throw new Error(`The log could not be read (${answer.status}).`);
  return answer.json();
}

async function loadNew() {
  const part = await read({ after: next });
  if (part.next <= next) return;
  next = part.next;
  document.getElementById("log-empty")?.remove();
  list.append(...items(part.lines));
  filter();
  if (following) box.scrollTop = box.scrollHeight;
}

async function loadEarlier() {
  const part = await read({ before: start, limit: CHUNK });
  const height = box.scrollHeight;
  list.prepend(...items(part.lines));
  start = part.start;
  earlier.hidden = start <= 0;
  filter();
  box.scrollTop += box.scrollHeight - height; // what one reads stays where it is
}

function setFollowing(yes) {
  following = yes;
  follow.setAttribute("aria-pressed", String(yes));
  if (yes) box.scrollTop = box.scrollHeight;
}

function filter() {
  const wanted = search.value.trim().toLowerCase();
  let hits = 0;
  for (const item of list.children) {
    const fits = item.textContent.toLowerCase().includes(wanted);
    item.hidden = !fits;
    hits += fits;
  }
  found.textContent = wanted ? `${hits} ${hits === 1 ? "line" : "lines"}` : "";
}

// one request at a time, in order; a failed one is made up for by the next
const queue = (work) => (loading = loading.then(work).catch((error) => (found.textContent = error.message)));

for (const name of ["log", "resumed", "state"]) {
  document.addEventListener(`stream:${name}`, () => queue(loadNew));
}
earlier.addEventListener("click", () => queue(loadEarlier));
follow.addEventListener("click", () => setFollowing(!following));
search.addEventListener("input", filter);
box.addEventListener("scroll", () => {
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 24;
  if (atEnd !== following) setFollowing(atEnd);
});
setFollowing(true);
