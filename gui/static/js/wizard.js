// The wizard's form: reset buttons, and fields that say they are wrong.
const form = document.getElementById("wizard");

form.addEventListener("click", (event) => {
  const button = event.target.closest("[data-reset]");
  if (!button) return;
  const input = document.getElementById(button.dataset.reset);
  input.value = button.dataset.recommended;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.focus();
});

form.addEventListener("input", (event) => {
  const input = event.target;
  const reset = form.querySelector(`[data-reset="${CSS.escape(input.id)}"]`);
  if (reset) reset.hidden = input.value === reset.dataset.recommended;
});

function markInvalid() {
  for (const problem of form.querySelectorAll(".problem")) {
    const input = document.getElementById(problem.id.replace(/^problem-/, ""));
    const wrong = problem.textContent.trim() && !problem.classList.contains("only-warning");
    if (wrong) input?.setAttribute("aria-invalid", "true");
    else input?.removeAttribute("aria-invalid");
  }
}

document.body.addEventListener("htmx:afterSettle", markInvalid);

function isChanged(input) {
  if (input.type === "hidden") return false;
  if (input.type === "radio" || input.type === "checkbox") return input.checked !== input.defaultChecked;
  if (input.tagName === "SELECT") {
    const options = [...input.options];
    return options.some((o) => o.defaultSelected) && options.some((o) => o.selected !== o.defaultSelected);
  }
  return input.value !== input.defaultValue;
}

// What was chosen before anybody listened, or what the browser put back, is heard now.
window.addEventListener("load", () => {
  const changed = [...form.elements].filter(isChanged);
  for (const input of changed) {
    if (input.type === "radio" && !input.checked) continue; // only the chosen one tells
    for (const name of ["input", "change"]) input.dispatchEvent(new Event(name, { bubbles: true }));
  }
});

// A form that came back with errors: to the first of them.
const first = form.querySelector("[aria-invalid=true]");
first?.closest("details")?.setAttribute("open", "");
first?.focus();
