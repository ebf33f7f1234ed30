// The table of differences: sorted, filtered and paged.

const READINGS = {
  told: "told apart",
  lead: "lead only",
  open: "not told apart",
  few: "too few stories",
  unknown: "no test",
};
const EVENTS = { event: ["event", "events"], story: ["story", "stories"], week: ["week", "weeks"], month: ["month", "months"] };
const ROWS_A_PAGE = 40;
const ORDER = Object.keys(READINGS);

// A difference, and below it its interval and what else is known.
function showTest(test, ...more) {
  if (!test || test[0] === null) return "–";
  const interval = test[1] === null ? [] : [`${formatPoints(test[1])} to ${formatPoints(test[2])}`];
  return make("span", {}, formatPoints(test[0], true),
    ...[...interval, ...more].map((text) => make("small", {}, text)));
}

function readRow(set, frames, row) {
  const [frame, first, second, share, other, difference, low, high, p, holm, bh, effect, alone, paired, warned, reading] = row;
  return {
    frame: frames[frame], first: set.labels[first], second: set.labels[second], share, other, difference, low,
    high, p, holm, bh, effect, alone, paired, reading, warnings: warned.map((k) => set.warnings[k]),
  };
}

// Heading, kind of cell, what is shown, and what it is sorted by.
function listColumns(set) {
  const [event, events] = EVENTS[set.within] ?? EVENTS.event;
  const size = (d) => Math.abs(d.difference ?? -1);
  return [
    ["Frame", "", (d) => d.frame.short, (d) => d.frame.short],
    ["Pair, shares", "words", showPair, (d) => `${d.first} ${d.second}`],
    ["Difference, points", "number", (d) => showTest([d.difference, d.low, d.high]), size],
    ["p", "number", (d) => formatP(d.p), (d) => d.p],
    ["Holm", "number", (d) => formatP(d.holm), (d) => d.holm],
    ["BH", "number", (d) => formatP(d.bh), (d) => d.bh],
    ["Cohen’s h", "number", (d) => formatDecimals(d.effect), (d) => (d.effect === null ? null : Math.abs(d.effect))],
    [`Within ${events}`, "number", (d) => showTest(d.paired, d.paired && `p ${formatP(d.paired[3])}; ${count(d.paired[4], event, events)}`), (d) => d.paired?.[0]],
    ["Without copies", "number", (d) => showTest(d.alone, d.alone && `p ${formatP(d.alone[3])}`), (d) => d.alone?.[0]],
    ["Reading, warnings", "words", showReading, (d) => ORDER.indexOf(d.reading) * 10 - size(d)],
  ];
}

function showPair(d) {
  return make("span", {}, make("bdi", {}, d.first), " − ", make("bdi", {}, d.second),
    make("small", {}, `${formatPercent(d.share)}, ${formatPercent(d.other)}`));
}

function showReading(d) {
  return make("span", {}, make("span", { class: `reading ${d.reading}` }, READINGS[d.reading]),
    ...d.warnings.map((text) => make("small", {}, text)));
}

function compareValues(one, other) {
  if (one === other) return 0;
  if (one === null || one === undefined) return 1;
  if (other === null || other === undefined) return -1;
  return typeof one === "string" ? one.localeCompare(other) : one - other;
}

function startDifferences(root, sets, frames) {
  const state = { set: 0, frame: "", told: false, column: 9, down: false, page: 0 };
  const status = make("p", { class: "status", role: "status" });
  const holder = make("div", { class: "scroll", role: "region", "aria-label": "Table of differences", tabindex: "0" });
  const pager = make("div", { class: "pager" });

  const rowsOf = () => sets[state.set].rows.map((row) => readRow(sets[state.set], frames, row));
  const change = (changes) => {
    Object.assign(state, { page: 0 }, changes);
    show();
  };

  function choose() {
    const rows = rowsOf().filter((d) =>
      (state.frame === "" || d.frame.id === state.frame) && (!state.told || d.reading === "told"));
    const key = listColumns(sets[state.set])[state.column][3];
    const turn = state.down ? -1 : 1;
    return rows.sort((one, other) => {
      const [a, b] = [key(one), key(other)];
      const missing = (a ?? null) === null || (b ?? null) === null;
      return compareValues(a, b) * (missing ? 1 : turn);
    });
  }

  function showHeading([heading, kind], k) {
    const sorted = state.column === k ? (state.down ? "descending" : "ascending") : null;
    const sort = () => {
      change({ column: k, down: state.column === k && !state.down });
      find(`th:nth-child(${k + 1}) button`, holder).focus();
    };
    return make("th", { scope: "col", class: kind, "aria-sort": sorted }, make("button", { type: "button", onclick: sort }, heading));
  }

  function show() {
    const columns = listColumns(sets[state.set]);
    const rows = choose();
    const pages = Math.max(1, Math.ceil(rows.length / ROWS_A_PAGE));
    const shown = rows.slice(state.page * ROWS_A_PAGE, (state.page + 1) * ROWS_A_PAGE);
    status.textContent = `${rows.length.toLocaleString("en")} of ${count(sets[state.set].rows.length, "comparison")} by ${sets[state.set].name}`;
    const body = shown.map((d) => make("tr", {}, ...columns.map(([, kind, cell]) => make("td", { class: kind || null }, cell(d)))));
    holder.replaceChildren(make("table", {},
      make("thead", {}, make("tr", {}, ...columns.map(showHeading))), make("tbody", {}, ...body)));
    showPager(pager, state.page, pages, (page) => { state.page = page; show(); });
  }

  const bySet = make("select", { onchange: (e) => change({ set: Number(e.target.value) }) },
    ...sets.map((set, k) => make("option", { value: k }, set.name)));
  const byFrame = make("select", { onchange: (e) => change({ frame: e.target.value }) },
    make("option", { value: "" }, "all frames"), ...frames.map((frame) => make("option", { value: frame.id }, frame.name)));
  const told = make("input", { type: "checkbox", onchange: (e) => change({ told: e.target.checked }) });
  root.append(
    make("div", { class: "controls" },
      make("label", {}, "Compare by", bySet), make("label", {}, "Frame", byFrame),
      make("label", { class: "inline" }, told, "only those told apart")),
    status, holder, pager);
  show();
}

function showPager(pager, page, pages, go) {
  const step = (text, to) => make("button", { type: "button", disabled: to < 0 || to >= pages, onclick: () => go(to) }, text);
  pager.replaceChildren(...(pages < 2 ? [] : [
    step("Previous", page - 1), make("span", {}, `Page ${page + 1} of ${pages}`), step("Next", page + 1)]));
}

function saveDifferences(sets, frames, by) {
  const set = sets.find((one) => one.by === by);
  const columns = [
    "frame", "first", "second", "first_share", "second_share", "difference", "low", "high", "p", "p_holm", "p_bh",
    "cohens_h", "without_copies", "without_copies_low", "without_copies_high", "without_copies_p", "within_events",
    "within_events_low", "within_events_high", "within_events_p", "events", "reading", "warnings",
  ];
  const none = [null, null, null, null];
  const rows = set.rows.map((row) => readRow(set, frames, row)).map((d) => [
    d.frame.id, d.first, d.second, d.share, d.other, d.difference, d.low, d.high, d.p, d.holm, d.bh, d.effect,
    ...(d.alone ?? none), ...(d.paired ?? [...none, null]), READINGS[d.reading], d.warnings.join(" "),
  ]);
  saveCsv(`differences-${by}.csv`, columns, rows);
}
