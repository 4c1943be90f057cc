"use strict";

// Learning curves and final values of one metric on one data set, without the rows that the reader hides.

const metricControls = {
  metric: byId("metric"),
  dataset: byId("metric-data"),
  log: byId("log"),
  eachSeed: byId("each-seed"),
};
const legend = [...document.querySelectorAll("#legend button[aria-pressed]")];

function chosenMetric() {
  return data.metrics[metricControls.dataset.value][metricControls.metric.value];
}

function isShown(label) {
  return legend.some((button) => button.value === label && button.getAttribute("aria-pressed") === "true");
}

// A figure with the chosen axis, without hidden rows, and without single seeds unless they are asked for.
function asChosen(figure) {
  const { meta, ...layout } = figure.layout;
  const [log, eachSeed] = [metricControls.log.checked, metricControls.eachSeed.checked];
  const axes = [layout, meta[log ? "log" : "linear"], meta[eachSeed ? "seeds" : "rows"] ?? {}];
  return {
    data: figure.data
      .filter(({ meta: of }) => (!("row" in of) || isShown(of.row)) && (!("seed" in of) || eachSeed))
      .map((trace) => ({ ...trace, visible: true })),
    layout: {
      ...layout,
      xaxis: Object.assign({}, ...axes.map(({ xaxis }) => xaxis)),
      yaxis: Object.assign({}, ...axes.map(({ yaxis }) => yaxis)),
    },
  };
}

function finalsAsChosen(figure) {
  const chosen = asChosen(figure);
  const labels = figure.layout.yaxis.tickvals.filter(isShown);
  byId("finals").style.setProperty("--rows", Math.max(1, labels.length));
  chosen.layout.yaxis = { ...chosen.layout.yaxis, tickvals: labels, ticktext: labels.map(shortened).map(plain) };
  return chosen;
}

// Long labels would leave a narrow chart no room; marks name them whole.
function shortened(label) {
  const most = innerWidth < 640 ? 14 : 40;
  return label.length > most ? `${label.slice(0, most - 1)}…` : label;
}

// Text as it stands, where plotly would read HTML in it.
function plain(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function drawMetric() {
  const { curves, finals, better, not_positive: lost } = chosenMetric();
  show(byId("curves"), () => asChosen(curves));
  show(byId("finals"), () => finalsAsChosen(finals));
  byId("metric-note").textContent =
    `${metricControls.metric.value}: ${better} is better.` +
    (lost && metricControls.log.checked ? " Values at or below zero have no place on a log axis." : "");
}

// The axis that suits the chosen metric, until the reader chooses another.
function changeMetric() {
  metricControls.log.checked = chosenMetric().log;
  drawMetric();
}

// The metrics that were measured on the chosen data set; the one before stays chosen if it is among them.
function changeData() {
  const dataset = metricControls.dataset.value;
  const before = metricControls.metric.value;
  const names = Object.keys(data.metrics[dataset]);
  offer(
    metricControls.metric,
    names.map((name) => [name, name]),
  );
  if (names.includes(before)) metricControls.metric.value = before;
  for (const button of legend) {
    button.hidden = !data.rows.some((row) => row.label === button.value && row.dataset === dataset);
  }
  changeMetric();
}

function press(buttons, isPressed) {
  buttons.forEach((button) => button.setAttribute("aria-pressed", String(isPressed(button))));
  drawMetric();
}

for (const button of legend) {
  button.addEventListener("click", () => press([button], () => button.getAttribute("aria-pressed") === "false"));
}
byId("all-rows")?.addEventListener("click", () => press(legend, () => true));
byId("no-rows")?.addEventListener("click", () => press(legend, () => false));
offer(
  metricControls.dataset,
  Object.keys(data.metrics).map((name) => [name, name]),
  byId("metric-data-label"),
);
metricControls.dataset.addEventListener("change", changeData);
metricControls.metric.addEventListener("change", changeMetric);
for (const control of [metricControls.log, metricControls.eachSeed]) control.addEventListener("change", drawMetric);
changeData();
