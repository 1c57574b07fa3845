// The testing page: an image dropped or chosen is sent at once; the mask is laid over it here.
import { classIds } from "./png_index.js";

const form = document.getElementById("try-form");
const input = document.getElementById("image");
const drop = document.getElementById("drop");
const KEPT = "segsmith.opacity";
const TOOLS = 580; // pixels that the row of buttons above the image takes
const NARROW = matchMedia("(max-width: 900px)"); // try.css: the classes stand below the image
let shown = null;
let view = "overlay";

function send() {
  if (input.files.length) form.requestSubmit();
}

function stored(value) {
  try {
    if (value !== undefined) localStorage.setItem(KEPT, value);
    return localStorage.getItem(KEPT) ?? "60";
  } catch {
    return value ?? "60"; // storage may be forbidden
  }
}

async function opened(file, width, height) {
  try {
    return await createImageBitmap(file, { resizeWidth: width, resizeHeight: height });
  } catch {
    return null; // TIFF, for one
  }
}

function bytesOf(source) {
  const text = atob(source.slice(source.indexOf(",") + 1));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function coloured(mask, page) {
  const canvas = new OffscreenCanvas(mask.width, mask.height);
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(mask.width, mask.height);
  const words = new Uint32Array(pixels.data.buffer);
  const table = new Uint32Array(256);
  for (const box of page.querySelectorAll("[data-class]")) {
    const [r, g, b] = [1, 3, 5].map((place) => parseInt(box.dataset.colour.slice(place, place + 2), 16));
    if (box.checked) table[Number(box.dataset.class)] = ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
  }
  for (let index = 0; index < words.length; index += 1) words[index] = table[mask.ids[index]];
  context.putImageData(pixels, 0, 0);
  return canvas;
}

function paint(canvas, image, mask, opacity) {
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = true;
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (image) context.drawImage(image, 0, 0, canvas.width, canvas.height);
  context.globalAlpha = opacity;
  context.imageSmoothingEnabled = false; // a mask has no colours between its classes
  if (mask) context.drawImage(mask, 0, 0, canvas.width, canvas.height);
  context.globalAlpha = 1;
}

// Small images are shown at a whole multiple of their size, never stretched, large ones as they
// fit; the classes stand right beside them.
function fit(canvases, page, columns) {
  const beside = NARROW.matches ? 0 : page.querySelector("aside").offsetWidth + 16;
  const whole = page.clientWidth - beside;
  const room = whole / columns - 8;
  const [width, height] = [Number(page.dataset.width), Number(page.dataset.height)];
  const scale = Math.min(room / width, (innerHeight * 0.76) / height);
  const times = Math.max(1, Math.min(4, Math.floor(scale)));
  const stage = Math.max(TOOLS, columns * (Math.ceil(width * Math.min(times, scale)) + 8));
  page.style.setProperty("--stage", `${Math.min(stage, whole)}px`);
  for (const canvas of canvases) {
    if (canvas.width === width * times) continue;
    canvas.width = width * times;
    canvas.height = height * times;
  }
}

function draw() {
  const { page, image, mask } = shown;
  const slider = page.querySelector("#opacity");
  page.querySelector("output[for=opacity]").textContent = `${slider.value}\u202f%`;
  const [a, b] = page.querySelectorAll("canvas");
  shown.layer ??= coloured(mask, page);
  const layer = shown.layer;
  b.hidden = view !== "side";
  fit([a, b], page, view === "side" ? 2 : 1);
  slider.closest("label").hidden = view !== "overlay";
  paint(a, view === "mask" ? null : image, view === "image" || view === "side" ? null : layer, view === "mask" ? 1 : slider.value / 100);
  paint(b, null, layer, 1);
  for (const button of page.querySelectorAll("[data-view]")) {
    button.setAttribute("aria-pressed", String(button.dataset.view === view));
  }
}

async function show() {
  const page = document.querySelector(".prediction");
  if (!page || !input.files.length) return;
  const source = page.querySelector("#mask-source");
  const mask = await classIds(bytesOf(source.src));
  const image = await opened(input.files[0], mask.width, mask.height);
  source.hidden = true;
  page.classList.add("drawn");
  page.querySelector("#opacity").value = stored();
  const note = page.querySelector("#canvas-note");
  note.hidden = image !== null;
  note.textContent = image ? "" : "This browser cannot show the image itself; the mask is complete.";
  const stem = input.files[0].name.replace(/\.[^.]*$/, "");
  page.querySelector("#download-mask").download = `${stem}_mask.png`;
  shown = { page, image, mask };
  draw();
}

if (form) {
  input.addEventListener("change", send);
  addEventListener("load", send); // a file that was chosen before this script was there
  document.getElementById("what").addEventListener("change", () => {
    const [kind, id] = document.getElementById("what").value.split(":");
    history.replaceState(null, "", `${location.pathname}?${new URLSearchParams({ [kind]: id })}`);
    send();
  });
  for (const name of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", name === "dragover");
      if (name !== "drop" || !event.dataTransfer.files.length) return;
      input.files = event.dataTransfer.files;
      send();
    });
  }
  document.addEventListener("input", (event) => {
    if (!shown || !event.target.closest(".prediction")) return;
    if (event.target.id === "opacity") stored(event.target.value);
    else shown.layer = null; // a class was switched on or off
    draw();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-view]");
    if (!button || !shown) return;
    view = button.dataset.view;
    draw();
  });
  document.body.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "prediction") show();
  });
  // A refused image leaves nothing of the one before it, an accepted one nothing of the refusal.
  form.addEventListener("htmx:beforeRequest", () => document.getElementById("problem").replaceChildren());
  form.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.xhr.status < 400) return;
    shown = null;
    document.getElementById("prediction").replaceChildren();
  });
  addEventListener("resize", () => shown && draw());
}
