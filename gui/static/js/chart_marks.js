// What a chart carries besides its lines: names at their ends, and the best epoch.
import { colourOf, fontOf, shownEpoch, shownNumber, token } from "./chart_look.js";

const LABEL_SIZE = 11.5;
const GAP = 14; // least distance of two labels' middles

function lastPoint(column, epochs) {
  for (let index = column.values.length - 1; index >= 0; index -= 1) {
    if (column.values[index] !== null) return { epoch: epochs[index], value: column.values[index] };
  }
  return null;
}

// Push overlapping labels apart, keeping their order, inside [top, bottom].
export function spread(labels, gap, top, bottom) {
  labels.sort((a, b) => a.y - b.y);
  for (let index = 1; index < labels.length; index += 1) {
    labels[index].y = Math.max(labels[index].y, labels[index - 1].y + gap);
  }
  let limit = bottom;
  for (let index = labels.length - 1; index >= 0; index -= 1) {
    labels[index].y = Math.max(Math.min(labels[index].y, limit), top);
    limit = labels[index].y - gap;
  }
  return labels;
}

function cut(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  let short = text;
  while (short.length > 1 && context.measureText(`${short}…`).width > width) short = short.slice(0, -1);
  return `${short}…`;
}

// CSS pixels that the words at the lines' ends take, at most `most`; beyond that they are cut.
export function roomForLabels(data, most) {
  const context = document.createElement("canvas").getContext("2d");
  context.font = fontOf(LABEL_SIZE);
  const widths = data.columns.map((column) => {
    const last = lastPoint(column, data.epochs);
    return last ? context.measureText(`${column.label} ${shownNumber(last.value, 3)}`).width : 0;
  });
  return Math.min(Math.ceil(Math.max(...widths)) + 22, most);
}

export function drawLabels(plot, data) {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  const labels = [];
  for (const column of data.columns) {
    const last = lastPoint(column, data.epochs);
    if (last) labels.push({ column, value: last.value, y: plot.valToPos(last.value, "y", true) });
  }
  ctx.save();
  ctx.font = fontOf(LABEL_SIZE * ratio);
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  spread(labels, GAP * ratio, bbox.top, bbox.top + bbox.height);
  const left = bbox.left + bbox.width + 8 * ratio;
  for (const { column, value, y } of labels) {
    const number = shownNumber(value, 3);
    const width = plot.width * ratio - left - 13 * ratio - ctx.measureText(` ${number}`).width;
    ctx.fillStyle = colourOf(column);
    ctx.strokeStyle = token("--curve-edge");
    ctx.lineWidth = ratio;
    ctx.beginPath();
    ctx.arc(left + 3 * ratio, y, 3.5 * ratio, 0, 7);
    ctx.fill();
    ctx.stroke();
    ctx.fillStyle = token("--text");
    ctx.fillText(`${cut(ctx, column.label, width)} ${number}`, left + 11 * ratio, y);
  }
  ctx.restore();
}

export function drawBest(plot, data) {
  if (!data.best || !data.epochs.includes(data.best)) return;
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  const x = Math.round(plot.valToPos(data.best, "x", true));
  ctx.save();
  ctx.strokeStyle = token("--curve-best");
  ctx.lineWidth = ratio;
  ctx.setLineDash([3 * ratio, 3 * ratio]);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.fillStyle = token("--curve-best");
  ctx.font = fontOf(11 * ratio);
  ctx.textBaseline = "alphabetic";
  ctx.textAlign = x > bbox.left + bbox.width / 2 ? "right" : "left";
  ctx.fillText(`best: ${shownEpoch(data.best)}`, x + (ctx.textAlign === "right" ? -5 : 5) * ratio, bbox.top - 4 * ratio);
  ctx.restore();
}
