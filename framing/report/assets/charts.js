// Charts: specs come with the page; their width is that of the window.

const SPACING = 22;
const EXPORT_WIDTH = 960;
const { charts, config } = readData("charts");
const ruler = document.createElement("canvas").getContext("2d");

function measure(texts) {
  ruler.font = `12px ${config.font}`;
  return Math.max(...texts.map((text) => ruler.measureText(text).width));
}

function listRecords(chart) {
  return chart.rows.map((row) => Object.fromEntries(chart.columns.map((name, k) => [name, row[k]])));
}

// The spec for a width in pixels: as many panels side by side as there is room for.
function fitSpec(chart, width) {
  const spec = structuredClone(chart.spec);
  const axis = chart.columns.indexOf(chart.axis);
  const longest = axis < 0 ? 46 : measure(chart.rows.map((row) => row[axis])) + 14;
  const label = Math.ceil(Math.min(longest, width * 0.4));
  const room = width - label - 16;
  if (spec.facet) {
    const most = Math.floor((room + SPACING) / (chart.narrowest + SPACING));
    const lines = Math.ceil(chart.panels / Math.max(1, Math.min(most, chart.panels)));
    spec.columns = Math.ceil(chart.panels / lines);
    spec.spec.width = Math.floor((room - SPACING * (spec.columns - 1)) / spec.columns);
  } else {
    spec.width = room;
  }
  spec.datasets = { rows: listRecords(chart), ...chart.more };
  const extent = { minExtent: label, maxExtent: label, labelLimit: label - 8 };
  const legend = { ...config.legend, columns: Math.max(1, Math.floor(width / 230)) };
  return [spec, { ...config, axisY: extent, legend }];
}

function showTip(handler, event, item, value) {
  find(".tip")?.remove();
  if (value === null || value === undefined || typeof value !== "object") return;
  const tip = make("dl", { class: "tip" });
  for (const [name, text] of Object.entries(value)) {
    tip.append(make("dt", {}, name), make("dd", {}, String(text)));
  }
  document.body.append(tip);
  const box = tip.getBoundingClientRect();
  const left = Math.min(event.clientX + 12, innerWidth - box.width - 8);
  const above = event.clientY + 14 + box.height > innerHeight;
  tip.style.left = `${Math.max(4, left)}px`;
  tip.style.top = `${above ? event.clientY - box.height - 10 : event.clientY + 14}px`;
}

// `ast` has expressions interpreted: the page's policy forbids making code from text.
async function drawChart(plot, chart, width, title = null) {
  const [spec, look] = fitSpec(chart, width);
  if (title) spec.title = { text: title, anchor: "start" };
  const options = {
    actions: false, ast: true, config: look, defaultStyle: false, mode: "vega-lite",
    renderer: "svg", tooltip: showTip,
  };
  return vegaEmbed(plot, spec, options);
}

async function drawFigure(figure) {
  const plot = find(".plot", figure);
  const width = find("main").clientWidth;
  if (figure.dataset.width === String(width)) return;
  figure.dataset.width = width;
  await drawChart(plot, charts[figure.dataset.chart], width);
}

async function drawFigures() {
  for (const figure of findAll("figure[data-chart]")) {
    await drawFigure(figure);
    // Between charts the page may be read and scrolled.
    await new Promise((go) => setTimeout(go));
  }
  document.body.dataset.drawn = "true";
}

async function saveChart(id, format) {
  const chart = charts[id];
  if (format === "csv") {
    const kept = chart.columns.map((name, k) => k).filter((k) => !chart.unwritten.includes(chart.columns[k]));
    const names = kept.map((k) => ({ panel: "frame", frame_name: "frame" })[chart.columns[k]] ?? chart.columns[k]);
    saveCsv(`${id}.csv`, names, chart.rows.map((row) => kept.map((k) => row[k])));
    return;
  }
  const plot = make("div", { hidden: true });
  document.body.append(plot);
  const { view, finalize } = await drawChart(plot, chart, EXPORT_WIDTH, chart.title);
  if (format === "svg") {
    saveFile(`${id}.svg`, new Blob([await view.toSVG()], { type: "image/svg+xml" }));
  } else {
    const canvas = await view.toCanvas(2);
    canvas.toBlob((blob) => saveFile(`${id}.png`, blob), "image/png");
  }
  finalize();
  plot.remove();
}
