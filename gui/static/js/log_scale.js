// A figure's switch to a logarithmic scale, for curves that fall by powers of ten; remembered.
const KEPT = "segsmith.log-scale";

function stored(value) {
  try {
    if (value !== undefined) localStorage.setItem(KEPT, value);
    return localStorage.getItem(KEPT) === "yes";
  } catch {
    return value === "yes"; // storage may be forbidden
  }
}

export class LogScale {
  #button;

  constructor(figure, changed) {
    this.#button = figure.querySelector("[data-log-scale]");
    this.on = false;
    this.#button?.addEventListener("click", () => {
      this.#turn(!this.on);
      stored(this.on ? "yes" : "no");
      changed();
    });
  }

  #turn(on) {
    this.on = on;
    this.#button.setAttribute("aria-pressed", String(on));
  }

  // A logarithm needs values above zero.
  offer(values) {
    if (!this.#button) return;
    const possible = values.every((value) => value === null || value > 0);
    this.#turn(possible && stored());
    this.#button.hidden = !possible;
  }

  get scale() {
    return this.on ? { distr: 3 } : {};
  }

  // From below the least value to above the largest one.
  range(columns) {
    const values = columns.flatMap((column) => column.values).filter((value) => value !== null);
    return [Math.min(...values) / 1.3, Math.max(...values) * 1.3];
  }
}
