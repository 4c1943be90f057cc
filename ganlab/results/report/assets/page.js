"use strict";

// What the page shows. In all numbers of it, null stands for one that is not finite.
const data = JSON.parse(document.getElementById("data").textContent);

function byId(id) {
  return document.getElementById(id);
}

// A new element with its attributes and its children, which are elements or text.
function element(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

function svgElement(tag, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// Offer `entries`, pairs of value and text, in a select; with a single one there is nothing to choose.
function offer(select, entries, label = null) {
  select.replaceChildren(...entries.map(([value, text]) => element("option", { value }, text)));
  if (label) label.hidden = entries.length < 2;
}

function unique(values) {
  return [...new Set(values)];
}

function byNumber(first, second) {
  return first - second;
}

// A number to three significant digits.
function short(value) {
  return String(Number(value.toPrecision(3)));
}

function thousands(value) {
  return value.toLocaleString("en-US");
}
