"use strict";

// Tables that a click on a heading sorts: up, down, and back to the order they came in.
// The lines of a data set stay together, its real images and floors last; numbers that are infinite or missing come last either way.

const NEXT_ORDER = { none: "ascending", ascending: "descending", descending: "none" };

function makeSortable(table) {
  const headings = [...table.tHead.rows[0].cells];
  const came = [...table.tBodies].map((body) => [...body.rows]);
  headings.forEach((heading, column) => {
    const button = element("button", { type: "button" }, ...heading.childNodes);
    heading.append(button);
    heading.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      const order = NEXT_ORDER[heading.getAttribute("aria-sort")];
      headings.forEach((other) => other.setAttribute("aria-sort", "none"));
      heading.setAttribute("aria-sort", order);
      const numeric = heading.classList.contains("number");
      [...table.tBodies].forEach((body, i) => body.append(...sorted(came[i], column, numeric, order)));
    });
  });
}

function sorted(rows, column, numeric, order) {
  if (order === "none") return rows;
  const sign = order === "ascending" ? 1 : -1;
  const text = (row) => row.cells[column].textContent.trim();
  const compare = numeric
    ? (one, other) => compareNumbers(text(one), text(other), sign)
    : (one, other) => sign * text(one).localeCompare(text(other), "en", { numeric: true });
  const ends = rows.filter((row) => row.classList.contains("ends"));
  const others = rows.filter((row) => !row.classList.contains("ends"));
  return [...others.sort(compare), ...ends];
}

function compareNumbers(one, other, sign) {
  const [first, second] = [rank(one), rank(other)];
  return first !== second ? first - second : first === FINITE ? sign * (number(one) - number(other)) : 0;
}

const [FINITE, INFINITE, MISSING] = [0, 1, 2];

function rank(text) {
  if (/^\[?-?inf/.test(text)) return INFINITE;
  return Number.isNaN(number(text)) ? MISSING : FINITE;
}

// The number that a cell begins with: its mean, or the lower end of an interval.
function number(text) {
  return Number.parseFloat(text.replace(/^\[/, ""));
}

document.querySelectorAll("table.sortable").forEach(makeSortable);
