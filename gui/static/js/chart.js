// Draws the curves of a table: figure.chart names the table (data-chart) and its columns.
import uPlot from "../vendor/uPlot.esm.js";
import { drawBest, drawLabels, roomForLabels } from "./chart_marks.js";
import { LogScale } from "./log_scale.js";
import { colourOf, fontOf, shownEpoch, shownNumber, token } from "./chart_look.js";

const HEIGHT = 240;
const LABELS = [112, 148]; // least room for the words at the lines' ends: narrow, wide
const SHARE = 0.45; // of the width, the most that they get

function readTable(table, wanted) {
  const heads = [...table.tHead.rows[0].cells];
  const rows = [...table.tBodies[0].rows].filter((row) => row.cells.length > 1);
  const column = (index) =>
    rows.map((row) => {
      const text = row.cells[index].dataset.value;
      return text === undefined || text === "" ? null : Number(text);
    });
  const places = wanted.map((key) => heads.findIndex((head) => head.dataset.key === key));
  return {
    best: Number(table.dataset.best) || null,
    epochs: column(0),
    columns: places.filter((place) => place >= 0).map((place) => ({
      label: heads[place].dataset.label,
      colour: heads[place].dataset.colour,
      tone: heads[place].dataset.tone,
      values: column(place),
    })),
  };
}

function seriesOf(column, bridged) {
  const points = { show: column.values.filter((value) => value !== null).length < 2, size: 6 };
  const line = { label: column.label, stroke: () => colourOf(column), width: 1.75, points, spanGaps: bridged };
  if (!column.colour) return [line];
  // a class may have any colour, black and white too: a soft edge keeps its line visible
  return [{ stroke: () => token("--curve-edge"), width: 4, points: { show: false } }, line];
}

function axes() {
  const common = {
    stroke: () => token("--muted"),
    font: fontOf(11),
    grid: { stroke: () => token("--grid"), width: 1 },
    ticks: { show: false },
  };
  const whole = (_, values) => values.map((value) => (Number.isInteger(value) ? String(value) : ""));
  return [
    { ...common, size: 28, values: whole, grid: { show: false } },
    { ...common, size: 44, values: (_, values) => values.map((value) => shownNumber(value, 2)) },
  ];
}

class Chart {
  constructor(figure) {
    this.figure = figure;
    this.area = figure.querySelector(".chart-area");
    this.reading = figure.querySelector(".chart-reading");
    this.wanted = figure.dataset.columns.trim().split(/\s+/);
    this.log = new LogScale(figure, () => this.redraw());
    new ResizeObserver(() => this.plot?.setSize(this.size())).observe(this.area);
  }

  size() {
    return { width: Math.max(this.area.clientWidth, 200), height: HEIGHT };
  }

  room() {
    const width = this.area.clientWidth;
    return Math.max(LABELS[width > 480 ? 1 : 0], roomForLabels(this.data, width * SHARE));
  }

  update() {
    const table = document.getElementById(this.figure.dataset.chart);
    const data = readTable(table, this.wanted);
    if (!data.epochs.length || !data.columns.length) return;
    this.data = data;
    this.log.offer(data.columns.flatMap((column) => column.values));
    const bridged = "bridge" in this.figure.dataset; // jobs that are validated at other places
    const lines = data.columns.map((column) => seriesOf(column, bridged));
    this.top(); // decides on what is cut
    const values = data.columns.flatMap((column, index) => lines[index].map(() => this.visible(column.values)));
    if (this.plot && this.plot.series.length === values.length + 1) {
      this.plot.setData([data.epochs, ...values]);
      this.read(null);
      return;
    }
    this.plot?.destroy();
    this.area.replaceChildren();
    this.plot = new uPlot(this.options(lines.flat()), [data.epochs, ...values], this.area);
    this.read(null);
  }

  redraw() {
    this.plot?.destroy();
    this.plot = null;
    this.update();
  }

  // A point alone between two that lie above the chart would draw a stray piece of line.
  visible(values) {
    if (!this.cut) return values;
    const above = (value) => value !== null && value !== undefined && value > this.limit;
    return values.map((value, place) => {
      const [before, after] = [values[place - 1], values[place + 1]];
      const alone = (place === 0 || above(before)) && above(after);
      return alone && !above(value) ? null : value;
    });
  }

  options(lines) {
    const { low, high } = this.figure.dataset;
    const range = (_, least) => {
      if (this.log.on) return this.log.range(this.data.columns);
      return [low === undefined ? least : Number(low), high === undefined ? this.top() : Number(high)];
    };
    const wide = (_, first, last) => (first === last ? [first - 1, last + 1] : [first, last]);
    return {
      ...this.size(),
      padding: [14, () => this.room(), 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
      scales: { x: { time: false, range: wide }, y: { range, ...this.log.scale } },
      axes: axes(),
      series: [{}, ...lines],
      hooks: {
        draw: [(plot) => drawBest(plot, this.data), (plot) => drawLabels(plot, this.data)],
        setCursor: [(plot) => this.read(plot.cursor.idx)],
      },
    };
  }

  // Where the chart ends: above all values but a few wild ones, which would flatten the others.
  top() {
    const values = this.data.columns.flatMap((column) => column.values).filter((value) => value !== null);
    values.sort((a, b) => a - b);
    const usual = values[Math.floor((values.length - 1) * 0.8)] * 3;
    const most = values.at(-1);
    this.cut = !this.log.on && !this.figure.dataset.high && values.length > 5 && most > usual;
    this.limit = (this.cut ? usual : most) * 1.08 || 1;
    return this.limit;
  }

  read(index) {
    if (index === null || index === undefined) {
      this.reading.textContent = this.cut ? "Some values lie above the chart" : "";
      return;
    }
    const parts = this.data.columns.map(
      (column) => `${column.label} ${shownNumber(column.values[index], 3)}`,
    );
    this.reading.textContent = `Epoch ${shownEpoch(this.data.epochs[index])}: ${parts.join(", ")}`;
  }
}

const charts = [...document.querySelectorAll("[data-chart]")].map((figure) => new Chart(figure));
const updateAll = () => charts.forEach((chart) => chart.update());
updateAll();
document.body.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id === "results") updateAll();
});
document.addEventListener("theme", () => charts.forEach((chart) => chart.plot?.redraw(false)));
