"use strict";

// The rows of the charts of metrics, each of which can be hidden.

const hiddenRows = new Set();

function drawLegend() {
  const labels = unique(
    data.rows.filter((row) => row.dataset === metricControls.dataset.value).map((row) => row.label),
  );
  const toggles = labels.map((label) => {
    const style = data.rows.find((row) => row.label === label);
    const button = element(
      "button",
      { type: "button", "aria-pressed": String(!hiddenRows.has(label)) },
      swatch(style),
      label,
    );
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
