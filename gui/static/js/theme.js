// Switch colours at once; the form does the same for browsers without script.
const form = document.querySelector("[data-theme-switch]");

form.addEventListener("submit", (event) => {
  event.preventDefault();
  event.stopPropagation();
  const theme = event.submitter.value;
  const path = `${document.documentElement.dataset.root}/`;
  document.cookie = `segsmith_theme=${theme}; path=${path}; max-age=31536000; samesite=lax`;
  document.documentElement.dataset.theme = theme;
  for (const button of form.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button.value === theme));
  }
  document.dispatchEvent(new Event("theme"));
});

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  document.dispatchEvent(new Event("theme"));
});
