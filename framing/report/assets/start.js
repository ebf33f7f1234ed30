// What the page does once it is there.

const differenceSets = readData("differences");
const scores = unpackScores(readData("scores"));

function openAll(open) {
  for (const details of findAll("figure details, details.aside")) {
    if (open && !details.open) details.dataset.opened = "true";
    if (open || details.dataset.opened) details.open = open;
    if (!open) delete details.dataset.opened;
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-save], button[data-copy]");
  if (!button) return;
  if (button.dataset.copy) copyText(document.getElementById(button.dataset.copy), button);
  else if (button.dataset.save === "differences") saveDifferences(differenceSets, scores.frames, button.dataset.by);
  else if (button.dataset.save === "sentences") saveSentences(scores, selectSentences(scores, { frames: [], outlet: null, country: null, language: null, speaker: null, query: "" }));
  else if (button.dataset.save === "method") saveFile("method.json", new Blob([JSON.stringify(readData("method"), null, 2)], { type: "application/json" }));
  else saveChart(button.dataset.chart, button.dataset.save);
});
window.addEventListener("resize", delay(drawFigures, 200));
window.addEventListener("beforeprint", () => openAll(true));
window.addEventListener("afterprint", () => openAll(false));
document.addEventListener("scroll", () => find(".tip")?.remove(), { passive: true });

if (find("#difference-table") && differenceSets.length) startDifferences(find("#difference-table"), differenceSets, scores.frames);
startExplorer(find("#explorer"), scores);
requestAnimationFrame(() => setTimeout(drawFigures));
