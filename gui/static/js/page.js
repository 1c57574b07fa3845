// On every page: live stream, keys, theme, copying, and forms that send themselves.
import "./stream.js";
import "./keys.js";
import "./theme.js";
import "./hint.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const text = document.getElementById(button.dataset.copy).textContent;
  const word = button.querySelector("span");
  try {
    await navigator.clipboard.writeText(text);
    word.textContent = "Copied";
  } catch {
    // no clipboard without HTTPS: mark the text instead, for Ctrl+C
    getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
    word.textContent = "Marked; press Ctrl+C";
  }
  setTimeout(() => (word.textContent = "Copy"), 2000);
});

// What stands in front of our pages answers in JSON: say it in the page, or sign in again.
document.body.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (!(xhr.getResponseHeader("Content-Type") ?? "").startsWith("application/problem+json")) return;
  event.detail.shouldSwap = false;
  if (xhr.status === 401) location.reload();
  else tell(JSON.parse(xhr.responseText).detail);
});
document.body.addEventListener("htmx:sendError", () => tell("The service does not answer. Jobs go on meanwhile."));

function tell(sentence) {
  const notice = document.createElement("p");
  notice.className = "notice tone-bad";
  notice.textContent = sentence;
  document.getElementById("problem").replaceChildren(notice);
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});

const compare = document.getElementById("compare");
if (compare) {
  const enable = () => {
    const ticked = new FormData(compare).getAll("job").length;
    for (const button of document.querySelectorAll("[data-compare]")) button.disabled = ticked < 2;
  };
  document.addEventListener("change", enable);
  document.body.addEventListener("htmx:afterSwap", enable);
  addEventListener("pageshow", enable);
}

// A double click on a button that starts something must not start it twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, 3000);
});
