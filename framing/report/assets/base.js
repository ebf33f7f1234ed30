// Helpers. Text becomes part of the page as text only: nothing here parses markup.

const FORMULA = /^'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

function find(selector, root = document) {
  return root.querySelector(selector);
}

function findAll(selector, root = document) {
  return [...root.querySelectorAll(selector)];
}

// An element; attributes that are null or false are left out, children that are null too.
function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

function readData(id) {
  return JSON.parse(document.getElementById(`${id}-data`).textContent);
}

function count(number, noun, plural = `${noun}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? noun : plural}`;
}

function formatDecimals(value, digits = 2) {
  if (value === null) return "–";
  const text = Math.abs(value).toFixed(digits).replace(/^0\./, ".");
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

function formatP(value) {
  if (value === null) return "–";
  return value < 0.001 ? "<.001" : formatDecimals(value, 3);
}

function formatPoints(value, sign = false) {
  if (value === null) return "–";
  const text = Math.abs(value * 100).toFixed(1);
  if (Number(text) === 0) return "0.0";
  return (value < 0 ? "−" : sign ? "+" : "") + text;
}

function formatPercent(value) {
  return value === null ? "–" : `${Math.round(value * 100)}\u202f%`;
}

function delay(action, milliseconds) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(action, milliseconds);
  };
}

// As framing/spreadsheets.py: text that a spreadsheet would run is put behind an apostrophe.
function neutraliseFormula(value) {
  return typeof value === "string" && FORMULA.test(value) ? `'${value}` : value;
}

function writeCsv(columns, rows) {
  const cell = (value) => {
    const text = value === null || value === undefined ? "" : String(neutraliseFormula(value));
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns, ...rows].map((row) => `${row.map(cell).join(",")}\n`).join("");
}

function saveFile(name, blob) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// The mark at the start tells Excel that this is UTF-8.
function saveCsv(name, columns, rows) {
  saveFile(name, new Blob(["\ufeff", writeCsv(columns, rows)], { type: "text/csv" }));
}

async function copyText(source, button) {
  const text = source.innerText;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(source);
    button.textContent = document.execCommand("copy") ? "Copied" : "Selected: copy it by hand";
  }
  setTimeout(() => { button.textContent = "Copy"; }, 3000);
}
