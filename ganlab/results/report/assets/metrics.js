"use strict";

// Learning curves, and the final values of all seeds: one metric on one data set at a time.

const MARKERS_UP_TO = 30;
const hiddenRows = new Set();
const metricControls = {
  metric: byId("metric"),
  dataset: byId("metric-data"),
  log: byId("log"),
  eachSeed: byId("each-seed"),
};

function chosenMetric() {
  return data.metrics.find((metric) => metric.name === metricControls.metric.value);
}

function rowOf(entry) {
  return data.rows[entry.row];
}

// Those of `entries` (curves or final values) that are on the chosen data set and not hidden.
function shownOf(entries) {
  return entries.filter((entry) => rowOf(entry).dataset === metricControls.dataset.value && !hiddenRows.has(rowOf(entry).label));
}

function valuesOf(curves) {
  const seeds = metricControls.eachSeed.checked;
  return curves.flatMap((curve) => [curve.low, curve.median, curve.high, ...(seeds ? curve.seeds.map((one) => one.values) : [])]).flat();
}

function curvesChart() {
  const metric = chosenMetric();
  const curves = shownOf(metric.curves);
  const log = metricControls.log.checked;
  const floor = metric.floors[metricControls.dataset.value] ?? null;
  const axis = axisFor([...valuesOf(curves), ...(floor === null ? [] : [floor])], log, metric.better === "lower");
  const drawn = (values) => values.map((value) => value ?? axis.outside);
  const seeds = metricControls.eachSeed.checked ? curves.flatMap((curve) => seedTraces(curve, drawn)) : [];
  const lines = curves.flatMap((curve) => [bandTrace(curve, drawn), medianTrace(curve, drawn)]);
  return {
    traces: [...seeds, ...lines],
    layout: {
      margin: { l: 56, r: 12, t: 12, b: 44 },
      xaxis: { title: { text: "step" }, rangemode: "tozero" },
      yaxis: { title: { text: plain(metric.name) }, ...scaleOver(axis.range, log) },
      ...floorLine(floor, log, "y"),
    },
  };
}

function bandTrace(curve, drawn) {
  return {
    x: [...curve.steps, ...curve.steps.toReversed()],
    y: [...drawn(curve.high), ...drawn(curve.low).toReversed()],
    mode: "lines",
    line: { width: 0 },
    fill: "toself",
    fillcolor: faint(rowOf(curve), 0.13),
    hoverinfo: "skip",
  };
}

function medianTrace(curve, drawn) {
  const row = rowOf(curve);
  const text = curve.steps.map(
    (step, i) =>
      `<b>${plain(row.label)}</b>, step ${thousands(step)}<br>median ${short(curve.median[i])}` +
      `<br>quartiles ${short(curve.low[i])} to ${short(curve.high[i])}<br>${curve.n[i]} seeds`,
  );
  return {
    x: curve.steps,
    y: drawn(curve.median),
    name: plain(row.label),
    mode: curve.steps.length <= MARKERS_UP_TO ? "lines+markers" : "lines",
    line: lineOf(row, 2),
    marker: { symbol: row.symbol, size: 6, color: colourOf(row) },
    text,
    hovertemplate: "%{text}<extra></extra>",
  };
}

function seedTraces(curve, drawn) {
  const row = rowOf(curve);
  return curve.seeds.map((one) => ({
    x: one.steps ?? curve.steps,
    y: drawn(one.values),
    mode: "lines",
    line: { color: faint(row, 0.5), width: 1 },
    text: one.values.map((value) => `<b>${plain(row.label)}</b>, seed ${one.seed}<br>${short(value)}`),
    hovertemplate: "%{text}<extra></extra>",
  }));
}

// A thin line at what as many true samples score, across a chart whose values are along `along`.
function floorLine(floor, log, along) {
  if (floor === null || (log && floor <= 0)) return {};
  const across = along === "y" ? "x" : "y";
  const at = log ? Math.log10(floor) : floor;
  return {
    shapes: [
      {
        type: "line",
        [`${across}ref`]: "paper",
        [`${across}0`]: 0,
        [`${across}1`]: 1,
        [`${along}0`]: floor,
        [`${along}1`]: floor,
        layer: "below",
        line: { color: pageColour("--muted"), width: 1, dash: "4px,4px" },
      },
    ],
    annotations: [
      {
        text: "true samples",
        showarrow: false,
        font: { size: 11, color: pageColour("--muted") },
        ...(along === "y"
          ? { xref: "paper", x: 0, xanchor: "left", y: at, yanchor: "bottom" }
          : { yref: "paper", y: 1, yanchor: "bottom", x: at, xanchor: "center" }),
      },
    ],
  };
}

function finalsChart() {
  const metric = chosenMetric();
  const finals = shownOf(metric.finals);
  const log = metricControls.log.checked;
  const floor = metric.floors[metricControls.dataset.value] ?? null;
  const values = finals.flatMap((one) => one.values);
  const ends = finals.flatMap((one) => (one.half_width ? [one.mean - one.half_width, one.mean + one.half_width] : []));
  const worstIsHigh = metric.better === "lower";
  const axis = axisFor([...values, ...(log ? atMostHalfBelow(values, ends) : ends), ...(floor === null ? [] : [floor])], log, worstIsHigh);
  const range = values.includes(null) ? withEdge(axis, worstIsHigh) : axis.range;
  byId("finals").style.setProperty("--rows", Math.max(1, finals.length));
  return {
    traces: finals.flatMap((one, position) => [seedMarks(one, position, axis.edge), meanMark(one, position)]),
    layout: {
      margin: { l: 40, r: 16, t: 24, b: 44 },
      xaxis: { title: { text: plain(metric.name) }, ...scaleOver(range, log) },
      yaxis: {
        range: [finals.length - 0.4, -0.6],
        tickvals: finals.map((_, position) => position),
        ticktext: finals.map((one) => plain(shortened(rowOf(one).label))),
        showgrid: false,
        fixedrange: true,
      },
      ...floorLine(floor, log, "x"),
    },
  };
}

// Those of `ends` that a log axis can show without shrinking all the rest: an interval may reach near zero.
function atMostHalfBelow(values, ends) {
  const least = Math.min(...values.filter((value) => value !== null && value > 0));
  return ends.filter((end) => end > least / 2);
}

function withEdge(axis, worstIsHigh) {
  const [least, greatest] = axis.range;
  return worstIsHigh ? [least, greatest + 0.14 * axis.span] : [least - 0.14 * axis.span, greatest];
}

// Long labels would leave a narrow chart no room; marks name them whole.
function shortened(label) {
  const most = innerWidth < 640 ? 14 : 40;
  return label.length > most ? `${label.slice(0, most - 1)}…` : label;
}

function seedMarks(one, position, edge) {
  const row = rowOf(one);
  const count = one.values.length;
  const said = (value, seed) => {
    const at = one.diverged[seed];
    return at === undefined ? short(value, "infinite") : `diverged at step ${thousands(at)}`;
  };
  return {
    x: one.values.map((value) => value ?? edge),
    y: one.values.map((_, i) => position + (count > 1 ? 0.4 * (i / (count - 1) - 0.5) : 0)),
    mode: "markers",
    marker: {
      size: 8,
      color: faint(row, 0.75),
      symbol: one.values.map((value) => (value === null ? "x-thin-open" : row.symbol)),
      line: { width: one.values.map((value) => (value === null ? 2 : 0)) },
    },
    text: one.values.map((value, i) => `<b>${plain(row.label)}</b>, seed ${one.seeds[i]}<br>${said(value, one.seeds[i])}`),
    hovertemplate: "%{text}<extra></extra>",
  };
}

function meanMark(one, position) {
  const known = one.mean !== null;
  return {
    x: known ? [one.mean] : [],
    y: known ? [position] : [],
    mode: "markers",
    marker: { symbol: "line-ns-open", size: 16, color: pageColour("--text"), line: { width: 2 } },
    error_x: { type: "data", array: [one.half_width ?? 0], visible: Boolean(one.half_width), thickness: 1.25, width: 4, color: pageColour("--text") },
    text: [`<b>${plain(rowOf(one).label)}</b><br>mean ${one.text}`],
    hovertemplate: "%{text}<extra></extra>",
  };
}

function drawMetric() {
  show(byId("curves"), curvesChart);
  show(byId("finals"), finalsChart);
  byId("metric-note").textContent = metricNote();
}

function metricNote() {
  const metric = chosenMetric();
  const values = [...valuesOf(shownOf(metric.curves)), ...shownOf(metric.finals).flatMap((one) => one.values)];
  const lost = metricControls.log.checked && values.some((value) => value !== null && value <= 0);
  return `${metric.name}: ${metric.better} is better.` + (lost ? " Values at or below zero have no place on a log axis." : "");
}

// The axis that suits the chosen metric, until the reader chooses another.
function suitLogAxis() {
  metricControls.log.checked = spreadsOverDecades(valuesOf(shownOf(chosenMetric().curves)));
}

function drawLegend() {
  const labels = unique(data.rows.filter((row) => row.dataset === metricControls.dataset.value).map((row) => row.label));
  const toggles = labels.map((label) => {
    const style = data.rows.find((row) => row.label === label);
    const button = element("button", { type: "button", "aria-pressed": String(!hiddenRows.has(label)) }, swatch(style), label);
    button.addEventListener("click", () => {
      if (!hiddenRows.delete(label)) hiddenRows.add(label);
      button.setAttribute("aria-pressed", String(!hiddenRows.has(label)));
      drawMetric();
    });
    return button;
  });
  const all = element("button", { type: "button", class: "all" }, "all");
  const none = element("button", { type: "button", class: "all" }, "none");
  all.addEventListener("click", () => setHidden([]));
  none.addEventListener("click", () => setHidden(labels));
  byId("legend").replaceChildren(...toggles, ...(labels.length > 2 ? [all, none] : []));
}

function setHidden(labels) {
  hiddenRows.clear();
  labels.forEach((label) => hiddenRows.add(label));
  drawLegend();
  drawMetric();
}

function datasetsOf(metric) {
  return [...metric.curves, ...metric.finals].map((entry) => rowOf(entry).dataset);
}

// The metrics that were measured on the chosen data set; the one before stays chosen if it is among them.
function offerMetrics() {
  const before = metricControls.metric.value;
  const names = data.metrics.filter((metric) => datasetsOf(metric).includes(metricControls.dataset.value)).map((metric) => metric.name);
  offer(metricControls.metric, names.map((name) => [name, name]));
  if (names.includes(before)) metricControls.metric.value = before;
}

function changeMetric() {
  suitLogAxis();
  drawMetric();
}

function changeData() {
  offerMetrics();
  drawLegend();
  changeMetric();
}

offer(metricControls.dataset, unique(data.metrics.flatMap(datasetsOf)).map((name) => [name, name]), byId("metric-data-label"));
metricControls.dataset.addEventListener("change", changeData);
metricControls.metric.addEventListener("change", changeMetric);
for (const control of [metricControls.log, metricControls.eachSeed]) control.addEventListener("change", drawMetric);
changeData();
