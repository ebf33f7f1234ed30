// The scored text: articles and their sentences, by number.

const NO_FRAME = -1;

function unpackScores(packed) {
  const { articles, sentences, words } = packed;
  const starts = [0];
  for (const size of articles.sentences) starts.push(starts.at(-1) + size);
  const folded = [];
  return {
    frames: packed.frames,
    speakers: packed.speakers,
    words,
    reporter: packed.speakers.findIndex((speaker) => speaker.id === packed.default_speaker),
    articles: articles.name.length,
    sentences: sentences.text.length,
    starts,
    name: (a) => articles.name[a],
    headline: (a) => articles.headline[a],
    date: (a) => articles.date[a],
    story: (a) => articles.story[a],
    number: (a, fact) => articles[fact][a],
    shown: packed.shown,
    show: (a, fact) => packed.shown[fact][articles[fact][a]],
    word: (a, fact) => words[fact][articles[fact][a]],
    agencies: (a) => articles.agencies[a].map((k) => words.agency[k]),
    text: (s) => sentences.text[s],
    unit: (s) => sentences.unit[s],
    speaker: (s) => sentences.speaker[s],
    // Not with `&`, which knows 32 frames only.
    carries: (s, frame) => Math.floor(sentences.frames[s] / 2 ** frame) % 2 === 1,
    carriesNone: (s) => sentences.frames[s] === 0,
    percent: (s, frame) => sentences.probabilities[s * packed.frames.length + frame],
    // Letters of any width and case are one, as in ＷＴＯ and wto.
    folded: (s) => (folded[s] ??= foldText(sentences.text[s])),
  };
}

function foldText(text) {
  return text.normalize("NFKC").toLowerCase();
}

function listFrames(scores, s) {
  return scores.frames.filter((_, k) => scores.carries(s, k));
}

// Articles and sentences that a choice leaves.
function selectSentences(scores, chosen) {
  const query = foldText(chosen.query.trim());
  const frames = [...chosen.frames];
  const carries = (s) => frames.length === 0
    || frames.some((k) => (k === NO_FRAME ? scores.carriesNone(s) : scores.carries(s, k)));
  const matches = (s) => carries(s)
    && (chosen.speaker === null || scores.speaker(s) === chosen.speaker)
    && (query === "" || scores.folded(s).includes(query));
  const found = [];
  for (let a = 0; a < scores.articles; a += 1) {
    if (!["outlet", "country", "language"].every((fact) => chosen[fact] === null || scores.number(a, fact) === chosen[fact])) continue;
    const hits = [];
    for (let s = scores.starts[a]; s < scores.starts[a + 1]; s += 1) if (matches(s)) hits.push(s);
    if (hits.length) found.push({ article: a, hits });
  }
  return found;
}

// Articles that are copies of one story stand together, at the place of the first.
function groupStories(scores, found) {
  const stories = new Map();
  for (const one of found) {
    const story = scores.story(one.article);
    if (!stories.has(story)) stories.set(story, []);
    stories.get(story).push(one);
  }
  return [...stories.values()];
}

function saveSentences(scores, found) {
  const columns = [
    "article", "headline", "outlet", "agencies", "country", "kind", "language", "date", "story", "unit", "text",
    "frames", "speaker", ...scores.frames.map((frame) => `percent_${frame.id}`),
  ];
  const rows = found.flatMap(({ article: a, hits }) => hits.map((s) => [
    scores.name(a), scores.headline(a), scores.word(a, "outlet"), scores.agencies(a).join("; "),
    scores.word(a, "country"), scores.word(a, "kind"), scores.word(a, "language"), scores.date(a), scores.story(a),
    scores.unit(s), scores.text(s), listFrames(scores, s).map((frame) => frame.id).join(" "),
    scores.speakers[scores.speaker(s)]?.id ?? "", ...scores.frames.map((_, k) => scores.percent(s, k)),
  ]));
  saveCsv("sentences.csv", columns, rows);
}
