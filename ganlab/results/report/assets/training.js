"use strict";

// Diagnostics of one row at a time: a chart for each group of quantities, a line for each seed.

function panelChart(panel, runs) {
  const opacity = Math.min(0.7, 0.15 + 2.5 / runs.length);
  const traces = Object.entries(panel.names).flatMap(([name, called], i) =>
    runs
      .filter((run) => run.values[name])
      .map((run) => ({
        x: run.steps,
        y: run.values[name],
        mode: "lines",
        line: { ...lineOf(data.panel_styles[i], 1.25), color: faint(data.panel_styles[i], opacity) },
        text: run.values[name].map((value) => `seed ${run.seed}, ${plain(called)}<br>${short(value)}`),
        hovertemplate: "%{text}, step %{x:,}<extra></extra>",
      })),
  );
  return { traces, layout: { margin: { l: 40, r: 8, t: 8, b: 28 }, xaxis: { nticks: 5, tickformat: "~s" }, yaxis: { nticks: 5 } } };
}

function panelOf(panel) {
  const names = Object.values(panel.names).map((called, i) =>
    element("span", {}, swatch(data.panel_styles[i]), called),
  );
  return element(
    "div",
    { class: "panel" },
    element("h3", {}, panel.title),
    element("div", { class: "names" }, ...(names.length > 1 ? names : [])),
    element("div", { class: "chart", role: "img", "aria-label": panel.title }),
  );
}

function drawTraining() {
  const runs = data.diagnostics.filter((run) => String(run.row) === byId("training-row").value);
  data.panels.forEach((panel, i) => {
    show(byId("panels").children[i].querySelector(".chart"), () => panelChart(panel, runs));
  });
}

// Charts far down the page are drawn when the reader comes near, or prints.
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

if (data.panels.length) {
  const rows = unique(data.diagnostics.map((run) => run.row));
  const several = unique(data.rows.map((row) => row.dataset)).length > 1;
  const named = ({ label, dataset }) => (several ? `${label} on ${dataset}` : label);
  offer(
    byId("training-row"),
    rows.map((row) => [row, named(data.rows[row])]),
  );
  byId("panels").replaceChildren(...data.panels.map(panelOf));
  whenNear(byId("training"), () => {
    byId("training-row").addEventListener("change", drawTraining);
    drawTraining();
  });
}
