// The article explorer: what is chosen, and a page of stories at a time.

const STORIES_A_PAGE = 20;
const LONGEST = 700;
const FIRST_SENTENCES = 4;
const MOST_SENTENCES = 150;
const MOST_HITS = 100;
const ORDERS = {
  file: ["as given", () => 0],
  newest: ["newest first", (scores, a, b) => scores.date(b.article).localeCompare(scores.date(a.article))],
  oldest: ["oldest first", (scores, a, b) => (scores.date(a.article) || "~").localeCompare(scores.date(b.article) || "~")],
  matches: ["most matching sentences", (scores, a, b) => b.hits.length - a.hits.length],
};

function startExplorer(root, scores) {
  const chosen = { frames: new Set(), outlet: null, country: null, language: null, speaker: null, query: "" };
  const state = { order: "file", page: 0, found: [], stories: [] };
  const status = make("p", { class: "status", role: "status", tabindex: "-1" });
  const list = make("ol", { class: "stories" });
  const pager = make("div", { class: "pager" });

  const narrowed = () => chosen.frames.size > 0 || chosen.speaker !== null || chosen.query.trim() !== "";

  function choose(changes = {}) {
    Object.assign(chosen, changes);
    state.found = selectSentences(scores, chosen).sort((a, b) => ORDERS[state.order][1](scores, a, b));
    state.stories = groupStories(scores, state.found);
    state.page = 0;
    show();
  }

  function show() {
    const sentences = state.found.reduce((sum, one) => sum + one.hits.length, 0);
    status.textContent = `${state.found.length.toLocaleString("en")} of ${count(scores.articles, "article")} (${count(state.stories.length, "story", "stories")}), `
      + `${sentences.toLocaleString("en")} of ${count(scores.sentences, "sentence")}`;
    Object.assign(status.dataset, { articles: state.found.length, stories: state.stories.length, sentences });
    const shown = state.stories.slice(state.page * STORIES_A_PAGE, (state.page + 1) * STORIES_A_PAGE);
    const words = foldText(chosen.query.trim());
    list.replaceChildren(...shown.map((story) => showStory(scores, story, narrowed(), words)));
    showPager(pager, state.page, Math.ceil(state.stories.length / STORIES_A_PAGE), (page) => {
      state.page = page;
      show();
      status.focus();
      status.scrollIntoView();
    });
  }

  const reset = make("button", { type: "button", onclick: () => {
    Object.assign(chosen, { frames: new Set(), outlet: null, country: null, language: null, speaker: null, query: "" });
    bar.replaceWith(bar = showChoices(scores, chosen, state, choose));
    bar.append(reset, save);
    reset.focus();
    choose();
  } }, "Clear all");
  const save = make("button", { type: "button", onclick: () => saveSentences(scores, state.found) }, "Download these sentences (CSV)");
  let bar = showChoices(scores, chosen, state, choose);
  bar.append(reset, save);
  root.append(bar, status, list, pager);
  choose();
}

function showChoices(scores, chosen, state, choose) {
  const turn = (event, k) => {
    if (!chosen.frames.delete(k)) chosen.frames.add(k);
    event.currentTarget.setAttribute("aria-pressed", String(chosen.frames.has(k)));
    choose();
  };
  const frameButton = (k, ...content) => make("button", { type: "button", "aria-pressed": "false", "data-frame": k, onclick: (event) => turn(event, k) }, ...content);
  const frames = make("fieldset", { class: "choices" },
    make("legend", {}, "Carries any of"),
    ...scores.frames.map((frame, k) => frameButton(k, showKey(frame), frame.short, showCount(scores, (s) => scores.carries(s, k)))),
    frameButton(NO_FRAME, "no frame", showCount(scores, scores.carriesNone)));
  const search = make("input", { type: "search", placeholder: "words in a sentence", autocomplete: "off", spellcheck: "false" });
  search.addEventListener("input", delay(() => choose({ query: search.value }), 200));
  const order = make("select", { onchange: (event) => { state.order = event.target.value; choose(); } },
    ...Object.entries(ORDERS).map(([key, [name]]) => make("option", { value: key, selected: key === state.order }, name)));
  const facts = ["outlet", "country", "language"].filter((fact) => scores.words[fact].length > 1);
  return make("div", { class: "controls" },
    frames,
    ...facts.map((fact) => showSelect(fact, scores.shown[fact].map((word, k) => [k, word]), (value) => choose({ [fact]: value }))),
    showSelect("voice", scores.speakers.map((speaker, k) => [k, speaker.name]), (value) => choose({ speaker: value })),
    make("label", {}, "Text", search),
    make("label", {}, "Order", order));
}

// In how many of all sentences.
function showCount(scores, holds) {
  let sum = 0;
  for (let s = 0; s < scores.sentences; s += 1) sum += holds(s);
  return make("small", {}, sum.toLocaleString("en"));
}

function showSelect(name, entries, choose) {
  const select = make("select", { "data-choice": name, onchange: (event) => choose(event.target.value === "" ? null : Number(event.target.value)) },
    make("option", { value: "" }, `any ${name}`), ...entries.map(([value, text]) => make("option", { value }, text)));
  return make("label", {}, name[0].toUpperCase() + name.slice(1), select);
}

function showStory(scores, story, narrowed, words) {
  const [first, ...copies] = story;
  const item = make("li", {}, showArticle(scores, first, narrowed, words));
  if (copies.length) {
    const outlets = copies.map((one) => scores.word(one.article, "outlet")).join(", ");
    const details = make("details", { class: "copies" },
      make("summary", {}, `${count(copies.length, "copy", "copies")} of this story: `, make("bdi", {}, outlets)));
    details.addEventListener("toggle", () => {
      if (details.childElementCount === 1) details.append(...copies.map((one) => showArticle(scores, one, narrowed, words)));
    });
    item.append(details);
  }
  return item;
}

// Headline and its labels, facts, then the sentences that match, or the first few.
function showArticle(scores, { article, hits }, narrowed, words) {
  const [start, stop] = scores.starts.slice(article, article + 2);
  const headline = scores.headline(article);
  const titled = headline !== "" && start < stop && scores.text(start).trim() === headline.trim();
  const language = scores.word(article, "language");
  const title = make("h3", { dir: "auto", lang: writeLanguage(language) });
  if (titled) title.append(...markText(scores, start, words));
  else title.append(headline || scores.name(article));
  const card = make("article", { class: "article" }, title, showFacts(scores, article));
  if (titled) card.append(showLabels(scores, start));
  const list = make("ol", { class: "sentences" });
  const body = Array.from({ length: stop - start - titled }, (_, k) => start + titled + k);
  const matching = new Set(hits);
  const show = (sentences) => list.replaceChildren(...sentences.map((s) => showSentence(scores, s, language, narrowed && matching.has(s), words)));
  const few = (narrowed ? body.filter((s) => matching.has(s)) : body).slice(0, FIRST_SENTENCES * (narrowed ? 3 : 1));
  show(few);
  card.append(list);
  if (few.length < body.length) {
    const sizes = [MOST_SENTENCES, body.length].filter((size, k) => k === 1 || size < body.length);
    const button = make("button", { type: "button" });
    const label = () => { button.textContent = sizes.length > 1 ? `Show the first ${sizes[0]} sentences` : `Show all ${count(body.length, "sentence")}`; };
    button.addEventListener("click", () => {
      show(body.slice(0, sizes.shift()));
      if (sizes.length) label();
      else button.remove();
    });
    label();
    card.append(button);
  }
  return card;
}

function showFacts(scores, article) {
  const agencies = scores.agencies(article);
  const facts = [
    scores.show(article, "outlet"), agencies.length ? `via ${agencies.join(", ")}` : "", scores.show(article, "country"),
    scores.show(article, "kind"), scores.show(article, "language"), scores.date(article) || "no date", scores.name(article),
  ];
  return make("p", { class: "meta" }, ...facts.filter((fact) => fact && fact !== "unknown").map((fact) => make("bdi", {}, fact)));
}

function showSentence(scores, s, language, matches, words) {
  const text = make("p", { class: "text", dir: "auto", lang: writeLanguage(language) }, ...markText(scores, s, words));
  return make("li", { class: matches ? "match" : null }, text, showLabels(scores, s));
}

// The text of a sentence, marked if it carries a frame; a very long one is cut until asked for.
function markText(scores, s, words) {
  const text = scores.text(s);
  const frames = listFrames(scores, s);
  const holder = frames.length ? make("mark", {}) : make("span", {});
  if (frames.length) {
    const stripes = frames.map(({ colour }, k) => `${colour}33 ${(100 * k) / frames.length}% ${(100 * (k + 1)) / frames.length}%`);
    holder.style.setProperty("--tint", `linear-gradient(90deg, ${stripes.join(", ")})`);
  }
  if (text.length <= LONGEST) {
    holder.append(...highlight(text, words));
    return [holder];
  }
  // Not between the halves of one character.
  const end = /[\ud800-\udbff]/.test(text[LONGEST - 1]) ? LONGEST - 1 : LONGEST;
  holder.append(...highlight(text.slice(0, end), words), "…");
  const button = make("button", { type: "button", class: "more" }, `Show all ${text.length.toLocaleString("en")} characters`);
  button.addEventListener("click", () => {
    holder.replaceChildren(...highlight(text, words));
    button.remove();
  });
  return [holder, " ", button];
}

function highlight(text, words) {
  const folded = foldText(text);
  // Where folding changes lengths places are not known: the sentence is shown without.
  if (words === "" || folded.length !== text.length) return [text];
  const parts = [];
  let at = 0;
  for (let next = folded.indexOf(words); next >= 0 && parts.length < 2 * MOST_HITS; next = folded.indexOf(words, at)) {
    parts.push(text.slice(at, next), make("b", { class: "hit" }, text.slice(next, next + words.length)));
    at = next + words.length;
  }
  return [...parts, text.slice(at)];
}

function showLabels(scores, s) {
  const chips = scores.frames.flatMap((frame, k) => (scores.carries(s, k)
    ? [make("span", { class: "chip" }, showKey(frame), `${frame.short} ${formatDecimals(scores.percent(s, k) / 100)}`)]
    : []));
  const speaker = scores.speakers[scores.speaker(s)];
  const own = scores.speaker(s) === scores.reporter;
  return make("p", { class: "labels" }, ...chips,
    speaker ? make("span", { class: own ? "voice own" : "voice" }, speaker.name) : null);
}

function showKey(frame) {
  const key = make("span", { class: "key", "aria-hidden": "true" }, frame.key);
  key.style.setProperty("--frame", frame.colour);
  key.style.setProperty("--ink", frame.ink);
  return key;
}

// A language as the page may be told it; anything else is no language.
function writeLanguage(language) {
  return /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(language) ? language : null;
}
