"use strict";

// Figures of plotly, drawn in the page's colours, again when these change, and as wide as paper when they are printed.

const CONFIG = {
  displaylogo: false,
  doubleClick: "reset",
  responsive: true,
  modeBarButtons: [["zoom2d", "pan2d", "resetScale2d", "toImage"]],
};
const WIDTH_IN_PRINT = 660;
const PANEL_IN_PRINT = 310;
const PAGE_COLOURS = { "#000000": "--black-line", "#111111": "--text", "#666666": "--muted" };

const darkScheme = matchMedia("(prefers-color-scheme: dark)");
const touch = matchMedia("(pointer: coarse)");
const charts = new Map();

// Draw a figure now and whenever the colour scheme changes; `make` gives it.
function show(place, make) {
  charts.set(place, make);
  const { data: traces, layout } = inPageColours(make());
  Plotly.react(place, traces, withPageLook(layout), CONFIG);
}

darkScheme.addEventListener("change", () => charts.forEach((make, place) => show(place, make)));
addEventListener("beforeprint", () =>
  charts.forEach((_, place) =>
    Plotly.relayout(place, { width: place.closest(".panel") ? PANEL_IN_PRINT : WIDTH_IN_PRINT }),
  ),
);
addEventListener("afterprint", () =>
  charts.forEach((_, place) => Plotly.relayout(place, { width: null, autosize: true })),
);

function pageColour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

// A copy of a figure in which the colours that stand for the page's own are these; an opacity stays.
function inPageColours(figure) {
  return JSON.parse(JSON.stringify(figure), (key, value) => {
    const own = key.endsWith("color") && typeof value === "string" && PAGE_COLOURS[value.slice(0, 7)];
    return own ? pageColour(own) + value.slice(7) : value;
  });
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

// Figures far down the page are drawn when the reader comes near, or prints.
function whenNear(place, draw) {
  const observer = new IntersectionObserver(
    (entries) => {
      if (entries.some((entry) => entry.isIntersecting)) begin();
    },
    { rootMargin: "600px" },
  );
  const begin = () => {
    observer.disconnect();
    removeEventListener("beforeprint", begin);
    draw();
  };
  observer.observe(place);
  addEventListener("beforeprint", begin);
}
