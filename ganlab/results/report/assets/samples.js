"use strict";

// What the generators gave, side by side, at the step that the slider names.

const HEADROOM = 1.6; // The top of a density's picture, as a multiple of the true density's maximum.
const MARGIN = 1.25; // How far a picture of the plane reaches, as a multiple of the outermost centre.
const MEDIAN = "median";
const SMALL_WIDTH = 160; // Grids of fewer pixels are magnified, pixel by pixel.

function rowOfPictures(pictures) {
  return data.rows[pictures.row];
}

// The pictures to show: on the chosen data set, of the chosen seed or of each row's median one.
function chosenPictures() {
  const [dataset, seed] = [byId("sample-data").value, byId("sample-seed").value];
  return data.pictures.filter(
    (one) => rowOfPictures(one).dataset === dataset && (seed === MEDIAN ? one.median : String(one.seed) === seed),
  );
}

function density(pictures) {
  const { edges, density: real } = pictures;
  const top = HEADROOM * Math.max(...real);
  const [least, greatest] = [edges[0], edges[edges.length - 1]];
  const x = (value) => ((100 * (value - least)) / (greatest - least)).toFixed(2);
  const y = (height) => (100 * (1 - Math.min(1, height / top))).toFixed(2);
  const bars = svgElement("path", { class: "generated" });
  const curve = svgElement("path", {
    class: "real",
    "vector-effect": "non-scaling-stroke",
    d: `M${real.map((height, i) => `${x((edges[i] + edges[i + 1]) / 2)},${y(height)}`).join("L")}`,
  });
  const svg = svgElement(
    "svg",
    { class: "density", viewBox: "0 0 100 100", preserveAspectRatio: "none", role: "img" },
    bars,
    curve,
  );
  const ends = element(
    "div",
    { class: "ends" },
    element("span", {}, short(least)),
    element("span", {}, short(greatest)),
  );
  const draw = ({ counts }) => {
    const total = counts.reduce((sum, count) => sum + count, 0) || 1;
    const heights = counts.map((count, i) => count / total / (edges[i + 1] - edges[i]));
    const stairs = heights.map((height, i) => `V${y(height)}H${x(edges[i + 1])}`).join("");
    bars.setAttribute("d", `M0,100${stairs}V100Z`);
  };
  return { shown: [svg, ends], drawn: svg, draw };
}

function plane(pictures) {
  const reach = MARGIN * Math.max(...pictures.centres.flat().map(Math.abs));
  const size = 2 * reach;
  const centres = pictures.centres.map(([x, y]) =>
    svgElement("circle", { class: "real", cx: x, cy: -y, r: 0.025 * size, "vector-effect": "non-scaling-stroke" }),
  );
  const points = svgElement("path", { class: "points", "vector-effect": "non-scaling-stroke" });
  const svg = svgElement(
    "svg",
    { class: "plane", viewBox: `${-reach} ${-reach} ${size} ${size}`, role: "img" },
    points,
    ...centres,
  );
  const draw = (frame) => points.setAttribute("d", frame.points.map(([x, y]) => `M${x},${-y}h0`).join(""));
  return { shown: [svg], drawn: svg, draw };
}

function images(pictures) {
  const { width, height } = pictures;
  const image = element("img", { width, height, ...(width < SMALL_WIDTH ? { class: "small" } : {}) });
  return { shown: [image], drawn: image, draw: (frame) => image.setAttribute("src", frame.image) };
}

const DRAWN_AS = { density, plane, images, picture: images };
const SAID = {
  density:
    "The histogram of generated samples under the true density (on real data, that of the held-out values); those beyond it are counted at its ends.",
  plane: "Generated points over the centres of the true modes.",
  picture: "Generated samples beside held-out ones.",
  images: "Images of the generator that is evaluated, from the same latents at all steps.",
};

// What had become of a run by a step.
function fate({ diverged_at: end }, step) {
  return end !== null && step >= end ? `, diverged at ${thousands(end)}` : "";
}

// A figure of one run, and a function that sets it to a step.
function figureOf(pictures) {
  const { shown, drawn, draw } = DRAWN_AS[pictures.kind](pictures);
  const place = element("span");
  const caption = element("figcaption", {}, rowOfPictures(pictures).label, place);
  const setTo = (step) => {
    const frame = pictures.frames.findLast((one) => one.step <= step) ?? pictures.frames[0];
    draw(frame);
    place.textContent = `seed ${pictures.seed}, step ${thousands(frame.step)}${fate(pictures, step)}`;
    drawn.setAttribute(
      drawn.tagName === "IMG" ? "alt" : "aria-label",
      `${rowOfPictures(pictures).label}, seed ${pictures.seed}, step ${frame.step}: ${SAID[pictures.kind]}`,
    );
  };
  return { figure: element("figure", {}, caption, ...shown), setTo };
}

function drawSamples() {
  const pictures = chosenPictures();
  const steps = unique(pictures.flatMap((one) => one.frames.map((frame) => frame.step))).sort(byNumber);
  const figures = pictures.map(figureOf);
  const slider = byId("step");
  const moveTo = () => {
    const step = steps[slider.value];
    byId("step-shown").textContent = thousands(step);
    slider.setAttribute("aria-valuetext", `step ${step}`);
    figures.forEach(({ setTo }) => setTo(step));
  };
  slider.max = steps.length - 1;
  slider.value = steps.length - 1;
  slider.oninput = moveTo;
  byId("pictures").style.setProperty("--figures", figures.length);
  byId("pictures").style.setProperty("--natural", `${Math.max(0, ...pictures.map((one) => one.width ?? 0))}px`);
  byId("pictures").replaceChildren(...figures.map(({ figure }) => figure));
  byId("sample-note").textContent = sampleNote(pictures);
  moveTo();
}

function sampleNote(pictures) {
  const rows = data.rows.filter((row) => row.dataset === byId("sample-data").value);
  const without = rows.length - pictures.length;
  const lack = `${without} of ${rows.length} rows have none: there are no samples, or the file would become too large.`;
  return [...unique(pictures.map((one) => SAID[one.kind])), ...(without ? [lack] : [])].join(" ");
}

function offerSeeds() {
  const onData = data.pictures.filter((one) => rowOfPictures(one).dataset === byId("sample-data").value);
  const [rankedBy] = unique(onData.map((one) => one.ranked_by));
  const seeds = onData.every((one) => one.median) ? [] : unique(onData.map((one) => one.seed)).sort(byNumber);
  offer(byId("sample-seed"), [
    [MEDIAN, `each row’s median${rankedBy ? ` by ${rankedBy}` : ""}`],
    ...seeds.map((seed) => [seed, seed]),
  ]);
}

if (data.pictures.length) {
  const datasets = unique(data.pictures.map((one) => rowOfPictures(one).dataset));
  offer(
    byId("sample-data"),
    datasets.map((name) => [name, name]),
    byId("sample-data-label"),
  );
  offerSeeds();
  byId("sample-data").addEventListener("change", () => {
    offerSeeds();
    drawSamples();
  });
  byId("sample-seed").addEventListener("change", drawSamples);
  drawSamples();
}
