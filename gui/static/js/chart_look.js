// Colours, fonts and numbers of charts, from the page's own style sheet.
const probe = document.createElement("span");
probe.hidden = true;
document.body.append(probe);

const OTHERS = ["#3f7fd0", "#c96a00", "#2e9a63", "#b0478f", "#8f7a00", "#7a5bd0", "#c4484b", "#3f8f9a"];

export function token(name) {
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
}

export function colourOf(column) {
  if (column.colour) return column.colour;
  if (column.tone === "a" || column.tone === "b") return token(`--curve-${column.tone}`);
  return OTHERS[Number(column.tone) % OTHERS.length];
}

export function fontOf(size) {
  return `${size}px ${getComputedStyle(document.body).fontFamily}`;
}

export function shownNumber(value, digits) {
  if (value === null || value === undefined) return "–";
  return Math.abs(value) >= 100 ? String(Math.round(value)) : value.toFixed(digits);
}

// 3 → "3", 2.333333 → "2.33": how many epochs are done
export function shownEpoch(value) {
  return String(Number(value.toFixed(2)));
}
