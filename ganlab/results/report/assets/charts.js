"use strict";

// What all charts share: the page's colours, plotly's settings, and drawing again when the colours change.

const CONFIG = {
  displaylogo: false,
  doubleClick: "reset",
  responsive: true,
  modeBarButtons: [["zoom2d", "pan2d", "resetScale2d", "toImage"]],
};
const WIDTH_IN_PRINT = 660;
const PANEL_IN_PRINT = 310;

const darkScheme = matchMedia("(prefers-color-scheme: dark)");
const touch = matchMedia("(pointer: coarse)");
const charts = new Map();

// Draw a chart now and whenever the colour scheme changes; `make` gives its traces and its layout.
function show(place, make) {
  charts.set(place, make);
  const { traces, layout } = make();
  Plotly.react(place, traces, withPageLook(layout), CONFIG);
}

darkScheme.addEventListener("change", () => charts.forEach((make, place) => show(place, make)));
addEventListener("beforeprint", () =>
  charts.forEach((_, place) => Plotly.relayout(place, { width: widthInPrint(place) })),
);
addEventListener("afterprint", () =>
  charts.forEach((_, place) => Plotly.relayout(place, { width: null, autosize: true })),
);

function widthInPrint(place) {
  return place.closest(".panel") ? PANEL_IN_PRINT : WIDTH_IN_PRINT;
}

function pageColour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function withPageLook(layout) {
  const axis = {
    gridcolor: pageColour("--grid"),
    linecolor: pageColour("--rule"),
    zeroline: false,
    automargin: true,
    exponentformat: "power",
  };
  return {
    ...layout,
    font: { family: getComputedStyle(document.body).fontFamily, size: 13, color: pageColour("--text") },
    paper_bgcolor: "transparent",
    plot_bgcolor: "transparent",
    showlegend: false,
    hovermode: "closest",
    hoverlabel: {
      bgcolor: pageColour("--page"),
      bordercolor: pageColour("--rule"),
      font: { color: pageColour("--text") },
    },
    modebar: { bgcolor: "transparent", color: pageColour("--muted"), activecolor: pageColour("--accent") },
    dragmode: touch.matches ? false : "zoom",
    xaxis: { ...axis, ...layout.xaxis },
    yaxis: { ...axis, ...layout.yaxis },
  };
}

// Text as it stands, where plotly would read HTML in it.
function plain(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

// A row's colour; a black line is white on a dark page.
function colourOf(style) {
  return style.colour === "#000000" ? pageColour("--black-line") : style.colour;
}

function faint(style, opacity) {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(colourOf(style).slice(at, at + 2), 16));
  return `rgba(${red}, ${green}, ${blue}, ${opacity})`;
}

function lineOf(style, width) {
  const dash = style.dashes.length ? style.dashes.map((length) => `${length * width}px`).join(",") : "solid";
  return { color: colourOf(style), width, dash };
}

// A short line as it is drawn in a chart, for legends; CSS colours it, so that it follows the scheme.
function swatch(style) {
  const stroke = style.colour === "#000000" ? "var(--black-line)" : style.colour;
  const dashes = style.dashes.map((length) => length * 2).join(" ");
  return svgElement(
    "svg",
    { width: 26, height: 10, "aria-hidden": "true" },
    svgElement("line", {
      x1: 0,
      y1: 5,
      x2: 26,
      y2: 5,
      "stroke-width": 2.5,
      "stroke-dasharray": dashes,
      style: `stroke: ${stroke}`,
    }),
  );
}

// The axis that shows `values`: from the least to the greatest finite one, and where infinite ones are drawn instead.
// `outside` is far beyond the range, `edge` just inside of it.
function axisFor(values, log, worstIsHigh) {
  const scale = log ? Math.log10 : (value) => value;
  const unscale = log ? (value) => 10 ** value : (value) => value;
  const finite = values.filter((value) => value !== null && (!log || value > 0)).map(scale);
  if (!finite.length) return { range: [0, 1], outside: unscale(worstIsHigh ? 9 : -9), edge: unscale(0.5) };
  const least = finite.reduce((one, other) => Math.min(one, other));
  const greatest = finite.reduce((one, other) => Math.max(one, other));
  const span = greatest - least || Math.abs(least) || 1;
  const range = [least - 0.06 * span, greatest + 0.06 * span];
  const [outside, edge] = worstIsHigh
    ? [greatest + 20 * span, greatest + 0.14 * span]
    : [least - 20 * span, least - 0.14 * span];
  return { range, span, outside: unscale(outside), edge: unscale(edge) };
}

// The scale of an axis over a range. On a log axis plotly sets ticks at 1, 2 and 5 if it is asked for two a decade.
function scaleOver(range, log) {
  const ticks = Math.min(5, Math.ceil(2 * (range[1] - range[0])));
  return log ? { type: "log", range, nticks: ticks, tickformat: "~g" } : { type: "linear", range };
}

// Whether numbers are better seen on a logarithmic axis: all positive, and over more than a decade.
function spreadsOverDecades(values) {
  const finite = values.filter((value) => value !== null);
  if (!finite.length || finite.some((value) => value <= 0)) return false;
  return finite.reduce((one, other) => Math.max(one, other)) > 10 * finite.reduce((one, other) => Math.min(one, other));
}
