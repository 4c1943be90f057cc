"use strict";

// Diagnostics of one row at a time: a figure for each group of quantities.

function drawTraining() {
  const { figures } = data.diagnostics[byId("training-row").value];
  document.querySelectorAll("#panels .chart").forEach((place, i) => show(place, () => figures[i]));
}

if (data.diagnostics.length) {
  offer(
    byId("training-row"),
    data.diagnostics.map(({ name }, i) => [i, name]),
  );
  whenNear(byId("training"), () => {
    byId("training-row").addEventListener("change", drawTraining);
    drawTraining();
  });
}
