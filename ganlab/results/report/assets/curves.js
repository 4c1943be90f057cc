"use strict";

// Learning curves: a line of medians and a band of quartiles for each row, and each seed if asked for.

const MARKERS_UP_TO = 30; // Evaluations of a curve.

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
      xaxis: { title: { text: "step" }, rangemode: "tozero", tickformat: "~s" },
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
