"""The shipped transformer: plain sentences get the frame they are about, for the reason they do."""

from __future__ import annotations

import json
from importlib.util import find_spec
from typing import Any

import pytest

from framing import Codebook, Dataset, evaluate_scores, load_dataset, load_model, read_articles
from framing.classifiers.base import FrameModel, name_before
from tests.conftest import ROOT, list_loaded

FOLDER = ROOT / "models" / "transformer"

pytestmark = [
    pytest.mark.skipif(
        not (FOLDER / "network.onnx").is_file(),
        reason="no transformer is shipped: models/transformer/network.onnx is not there",
    ),
    pytest.mark.skipif(
        not all(map(find_spec, ("onnxruntime", "tokenizers"))),
        reason="needs onnxruntime and tokenizers",
    ),
]

# Written for this test: a sentence of each language and frame, and words that carry the frame.
KNOWN = [
    pytest.param("security_export_control", "The ministry fears that dual-use chemicals could be diverted to weapons makers in a third country.", "dual-use diverted weapons", id="en-diversion"),
    pytest.param("security_export_control", "The general staff has to prepare for the day GSOMIA, the military intelligence pact, runs out.", "GSOMIA military intelligence", id="en-gsomia"),
    pytest.param("security_export_control", "정부는 지소미아가 끝나면 군사정보 교환에 공백이 생길 수 있다고 우려했다.", "지소미아 군사정보", id="ko-gsomia"),
    pytest.param("security_export_control", "경산성은 전략물자가 제3국에서 무기 개발에 전용될 가능성을 거듭 언급했다.", "전략물자 무기 전용", id="ko-diversion"),
    pytest.param("security_export_control", "同省は軍事転用のおそれがある品目について、輸出許可の審査を一件ずつ行うとしている。", "軍事転用 輸出許可 審査", id="ja-screening"),
    pytest.param("security_export_control", "政府は来月、韓国をホワイト国から除外する。", "ホワイト 国 除外", id="ja-white-list"),
    pytest.param("historical_retaliation", "For many in the square the curbs were plain retaliation for the forced labour rulings.", "retaliation forced labour rulings", id="en-retaliation"),
    pytest.param("historical_retaliation", "The plaintiffs, sent to the mines under colonial rule, are still waiting for an apology.", "plaintiffs colonial apology", id="en-colonial-rule"),
    pytest.param("historical_retaliation", "시민단체는 이번 조치가 강제동원 배상 판결에 대한 보복이라고 비판했다.", "강제동원 배상 판결 보복", id="ko-retaliation"),
    pytest.param("historical_retaliation", "1965년 청구권 협정으로 배상이 모두 끝났다는 것이 일본의 주장이다.", "1965 청구권 협정 배상", id="ko-treaty"),
    pytest.param("historical_retaliation", "元徴用工の訴訟で差し押さえられた資産の売却が、夏にも始まる可能性がある。", "元徴用工 訴訟 資産 売却", id="ja-assets"),
    pytest.param("historical_retaliation", "ソウルの集会では、植民地支配への謝罪を求める声が上がった。", "植民地支配 謝罪", id="ja-apology"),
    pytest.param("wto_legality", "The WTO panel will hear both sides in spring and report a year later.", "WTO panel", id="en-panel"),
    pytest.param("wto_legality", "Lawyers in Geneva doubt that the measure can be squared with the GATT ban on quantitative restrictions.", "GATT Geneva quantitative", id="en-gatt"),
    pytest.param("wto_legality", "세계무역기구 분쟁해결기구는 월요일 회의에서 패널 설치를 승인했다.", "세계무역기구 분쟁해결기구 패널", id="ko-panel"),
    pytest.param("wto_legality", "한 나라만 겨냥한 규제는 자유무역 원칙과 WTO 협정에 어긋난다는 논리다.", "자유무역 WTO 협정", id="ko-free-trade"),
    pytest.param("wto_legality", "韓国はＷＴＯに提訴し、紛争処理小委員会の設置を求めた。", "ＷＴＯ 提訴 紛争処理小委員会", id="ja-complaint"),
    pytest.param("wto_legality", "この措置はガットの原則に違反するという見方が多い。", "ガット 原則 違反", id="ja-gatt"),
    pytest.param("process_dispute", "The talks went on for seven hours, and the two delegations could not even agree on what to call them.", "talks delegations hours", id="en-name-of-the-talks"),
    pytest.param("process_dispute", "Seoul says it asked for a second working-level meeting; Tokyo says no such request was made.", "asked meeting working-level request", id="en-request"),
    pytest.param("process_dispute", "양측 대표단은 다섯 시간 동안 마주 앉았지만 다음 협의 날짜는 잡지 못했다.", "대표단 마주 협의 날짜", id="ko-next-date"),
    pytest.param("process_dispute", "일본은 이 자리를 협의가 아니라 설명회라고 불렀고 한국은 동의하지 않았다.", "협의 설명회", id="ko-name-of-the-talks"),
    pytest.param("process_dispute", "局長級の政策対話は来月、ソウルで開かれる見通しとなった。", "政策対話 局長級", id="ja-dialogue"),
    pytest.param("process_dispute", "会合は説明の場にすぎないとする日本側に対し、韓国側は協議だったと反論した。", "会合 説明 協議", id="ja-name-of-the-talks"),
]  # fmt: skip

FOLLOWED = [
    pytest.param("The WTO panel on the export curbs was set up on Monday.", "Its report is due next year.", id="en"),
    pytest.param("세계무역기구가 월요일 수출규제 분쟁의 패널을 설치했다.", "보고서는 내년에 나온다.", id="ko"),
    pytest.param("ＷＴＯは月曜日、輸出規制をめぐる小委員会を設置した。", "報告書は来年まとまる。", id="ja"),
]  # fmt: skip


@pytest.fixture(scope="module")
def model() -> FrameModel:
    return load_model(FOLDER)


@pytest.mark.parametrize(("frame", "text", "words"), KNOWN)
def test_a_plain_sentence_has_its_frame_for_a_reason(
    model: FrameModel, frame: str, text: str, words: str
):
    scores = model.score_units([text], [0])
    assert frame in model.codebook.decode(scores.decisions)[0]
    evidence = model.explain_unit([text], 0, frame, most=100)
    strongest = [item for item in evidence if item.weight > 0][:5]
    assert any(word in item.text for item in strongest for word in words.split()), evidence


@pytest.mark.parametrize(("before", "text"), FOLLOWED)
def test_what_a_sentence_refers_to_is_evidence(model: FrameModel, before: str, text: str):
    evidence = model.explain_unit([before, text], 1, "wto_legality", most=100)
    weights = {item.text: item.weight for item in evidence}
    assert weights[name_before(1)] > 0


def test_the_same_units_give_the_same_evidence(model: FrameModel):
    texts = ["The panel met on Monday.", "Its report is due next year."]
    first = model.explain_unit(texts, 1, "wto_legality")
    assert load_model(FOLDER).explain_unit(texts, 1, "wto_legality") == first


# What it is said to do


@pytest.fixture(scope="module")
def record() -> dict[str, Any]:
    return dict(json.loads((FOLDER / "metrics.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def held_out(record: dict[str, Any]) -> Dataset:
    gold = load_dataset(
        read_articles([ROOT / "annotations/articles"]),
        ROOT / "annotations/codes/gold.jsonl",
        Codebook.load(),
    )
    return gold.select(record["test_articles"])


def test_it_gives_the_figures_of_its_record(
    model: FrameModel, record: dict[str, Any], held_out: Dataset
):
    scores = model.score_units(held_out.texts, held_out.passages)
    metrics, stored = evaluate_scores(scores, held_out), record["test"]
    # Processors differ in the last digits: a decision at the threshold may fall either way.
    for name in ("macro_f1", "micro_f1"):
        assert metrics[name]["estimate"] == pytest.approx(stored[name]["estimate"], abs=0.005)
    assert metrics["speaker"] is not None
    accuracy = stored["speaker"]["accuracy"]["estimate"]
    assert metrics["speaker"]["accuracy"]["estimate"] == pytest.approx(accuracy, abs=0.005)
    for frame, of in metrics["frames"].items():
        assert of["brier"] == pytest.approx(stored["frames"][frame]["brier"], abs=0.002)


def test_its_card_is_made_from_the_records():
    from experiments.transformer.measure_shipped import RESULT, render_card

    result = json.loads(RESULT.read_text(encoding="utf-8"))
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert card == render_card(FOLDER, result)
    assert result["models"]["transformer"]["digest"] == load_model(FOLDER).digest


def test_it_is_better_than_the_baseline(record: dict[str, Any]):
    path = ROOT / "models" / "baseline" / "metrics.json"
    other = json.loads(path.read_text(encoding="utf-8"))
    assert record["split"] == other["split"]
    assert record["test"]["macro_f1"]["estimate"] > other["test"]["macro_f1"]["estimate"]
    accuracies = [of["test"]["speaker"]["accuracy"]["estimate"] for of in (record, other)]
    assert accuracies[0] > accuracies[1]


def test_the_exported_network_says_what_the_one_it_was_made_of_says(record: dict[str, Any]):
    assert all(of["mean_difference"] <= 0.02 for of in record["export"].values())
    # Thresholds were fitted on what the exported network says of dev: dev favours it.
    test = record["export"]["test"]
    assert abs(test["macro_f1_after"] - test["macro_f1_before"]) <= 0.005


def test_its_folder_is_small_enough_to_ship():
    assert sum(path.stat().st_size for path in FOLDER.iterdir() if path.is_file()) <= 70_000_000


def test_scoring_with_it_needs_no_training_packages():
    code = (
        "from framing import load_model\n"
        "load_model('transformer').score_units(['The panel was set up.'], [0])"
    )
    packages = ("torch", "transformers", "datasets", "sklearn", "pandas")
    assert list_loaded(code, packages) == "[]"


def test_it_scores_unless_another_is_named(model: FrameModel):
    assert load_model().digest == model.digest
