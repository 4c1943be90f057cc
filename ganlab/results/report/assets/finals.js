"use strict";

// The final value of each seed, a line of marks for each row, with the mean and its interval.

function finalsChart() {
  const metric = chosenMetric();
  const finals = shownOf(metric.finals);
  const log = metricControls.log.checked;
  const floor = metric.floors[metricControls.dataset.value] ?? null;
  const values = finals.flatMap((one) => one.values);
  const ends = finals.flatMap((one) => (one.half_width ? [one.mean - one.half_width, one.mean + one.half_width] : []));
  const worstIsHigh = metric.better === "lower";
  const axis = axisFor(
    [...values, ...(log ? atMostHalfBelow(values, ends) : ends), ...(floor === null ? [] : [floor])],
    log,
    worstIsHigh,
  );
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
    text: one.values.map(
      (value, i) => `<b>${plain(row.label)}</b>, seed ${one.seeds[i]}<br>${said(value, one.seeds[i])}`,
    ),
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
    error_x: {
      type: "data",
      array: [one.half_width ?? 0],
      visible: Boolean(one.half_width),
      thickness: 1.25,
      width: 4,
      color: pageColour("--text"),
    },
    text: [`<b>${plain(rowOf(one).label)}</b><br>mean ${one.text}`],
    hovertemplate: "%{text}<extra></extra>",
  };
}
