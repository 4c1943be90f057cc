"use strict";

// What learning curves and final values show: one metric on one data set at a time.

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
  return entries.filter(
    (entry) => rowOf(entry).dataset === metricControls.dataset.value && !hiddenRows.has(rowOf(entry).label),
  );
}

function valuesOf(curves) {
  const seeds = metricControls.eachSeed.checked;
  return curves
    .flatMap((curve) => [curve.low, curve.median, curve.high, ...(seeds ? curve.seeds.map((one) => one.values) : [])])
    .flat();
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
  return (
    `${metric.name}: ${metric.better} is better.` +
    (lost ? " Values at or below zero have no place on a log axis." : "")
  );
}

// The axis that suits the chosen metric, until the reader chooses another.
function suitLogAxis() {
  metricControls.log.checked = spreadsOverDecades(valuesOf(shownOf(chosenMetric().curves)));
}

function datasetsOf(metric) {
  return [...metric.curves, ...metric.finals].map((entry) => rowOf(entry).dataset);
}

// The metrics that were measured on the chosen data set; the one before stays chosen if it is among them.
function offerMetrics() {
  const before = metricControls.metric.value;
  const names = data.metrics
    .filter((metric) => datasetsOf(metric).includes(metricControls.dataset.value))
    .map((metric) => metric.name);
  offer(
    metricControls.metric,
    names.map((name) => [name, name]),
  );
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

offer(
  metricControls.dataset,
  unique(data.metrics.flatMap(datasetsOf)).map((name) => [name, name]),
  byId("metric-data-label"),
);
metricControls.dataset.addEventListener("change", changeData);
metricControls.metric.addEventListener("change", changeMetric);
for (const control of [metricControls.log, metricControls.eachSeed]) control.addEventListener("change", drawMetric);
changeData();
