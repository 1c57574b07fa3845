// Puts a hint's text above its question mark, inside the window whatever scrolls around it.
const EDGE = 8;

function place(event) {
  const hint = event.target instanceof Element ? event.target.closest(".hint") : null;
  if (!hint) return;
  const text = hint.querySelector(".hint-text");
  const at = hint.getBoundingClientRect();
  const { width, height } = text.getBoundingClientRect();
  const left = at.left + at.width / 2 - width / 2;
  const top = at.top - height - EDGE;
  text.style.inset = "auto";
  text.style.left = `${Math.max(EDGE, Math.min(left, innerWidth - width - EDGE))}px`;
  text.style.top = `${top < EDGE ? at.bottom + EDGE : top}px`;
}

document.addEventListener("mouseover", place);
document.addEventListener("focusin", place);
