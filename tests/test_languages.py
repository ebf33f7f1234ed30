"""The language of a text: by script, by words, by the detector, and short headlines."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from framing.articles.languages import SUPPORTED, detect_language

EXAMPLES = [
    # English, long
    ("en", "The ministry said on Friday that it had agreed to a second round of talks with Tokyo later "
           "this month, and that the officials would meet in Geneva."),
    ("en", "Officials from both sides met for six hours. Nothing was agreed. They will meet again next "
           "month, according to a person who was in the room."),
    ("en", "Kyushu hoteliers in Fukuoka, Beppu, Yufuin and Nagasaki count the empty rooms of August, "
           "September and October while the ferries lie idle."),
    # English, short
    ("en", "Seoul files complaint over export curbs"),
    ("en", "Tokyo lifts curbs"),
    ("en", "Chipmakers brace for shortages"),
    ("en", "Export curbs: what now?"),
    ("en", "LEAD"),
    ("en", "Samsung shares tumble 3 pct"),
    ("en", "Resist by way of Belgium"),
    ("en", "Editorial: Eight months, no plan"),
    ("en", "Hydrogen fluoride permit granted"),
    ("en", "Tourism slump deepens in Kyushu"),
    ("en", "Uniqlo sales plunge"),
    ("en", "Hyundai, Toyota suspend ads"),
    # Korean
    ("ko", "수출 규제 협의 다음 달 재개"),
    ("ko", "정부는 세계무역기구(WTO)에 일본을 제소하기로 했다. ‘Export control’이라는 말은 쓰지 않았다."),
    ("ko", "“We regret this very much,” 당국자는 이렇게 말했다. 산업부도 유감을 표했다."),
    ("ko", "SK하이닉스·LG디스플레이, 日소재 재고 확보 총력"),
    ("ko", "文정부, 日에 對話 제안"),
    ("ko", "2019-07-13 12:34:56 | 속보"),
    # Japanese
    ("ja", "輸出管理の厳格化、日韓の協議続く"),
    ("ja", "韓国向け輸出、個別許可に"),
    ("ja", "韓国紙は「수출 규제」と一面で報じた。政府は静観している。"),
    ("ja", "ＷＴＯ提訴へ　韓国政府が正式表明"),
    ("ja", "経産省発表"),
    ("ja", "対韓輸出規制撤回要求"),
    ("ja", "半導体材料３品目、輸出許可"),
    ("ja", "紛争処理小委員会設置　来月会合"),
    # Chinese
    ("zh", "日本解除对韩国的出口管制"),
    ("zh", "韓國政府向世界貿易組織提出申訴"),
    ("zh", "韩国产业部星期五表示，双方将在日内瓦继续谈判。"),
    ("zh", "經濟產業省表示，這是出口管理的檢討，不是報復措施。"),
    ("zh", "日本政府决定"),
    # Neighbours of English in the Latin script
    ("de", "Das Ministerium teilte am Freitag mit, dass die Gespräche im November in Genf fortgesetzt werden."),
    ("de", "Japan und Südkorea streiten weiter über Exportkontrollen"),
    ("de", "Der Streit war in den Augen der Regierung in Tokio ein Problem. Man will in der Sache nicht "
           "nachgeben, sagte ein Sprecher am Montag."),
    ("de", "Handelsstreit eskaliert"),
    ("fr", "Le ministère a annoncé vendredi que les discussions reprendraient à Genève le mois prochain."),
    ("fr", "Tokyo durcit ses exportations vers Séoul"),
    ("es", "El ministerio dijo el viernes que las conversaciones continuarán en Ginebra el próximo mes."),
    ("es", "Corea del Sur demanda a Japón ante la OMC"),
    ("nl", "Het ministerie zei vrijdag dat de gesprekken in Genève volgende maand worden voortgezet, en dat "
           "de delegaties het over de procedure eens zijn."),
    ("it", "Il ministero ha detto venerdì che i colloqui riprenderanno a Ginevra il mese prossimo."),
    ("pt", "O ministério disse na sexta-feira que as conversas continuarão em Genebra no próximo mês."),
    ("id", "Jepang cabut pembatasan ekspor ke Korea Selatan"),
    ("id", "Kementerian mengatakan pada hari Jumat bahwa pembicaraan akan dilanjutkan di Jenewa bulan depan."),
    ("vi", "Nhật Bản dỡ bỏ hạn chế xuất khẩu sang Hàn Quốc"),
    ("tr", "Bakanlık cuma günü görüşmelerin gelecek ay Cenevre'de süreceğini açıkladı."),
    # Other scripts
    ("ru", "Министерство сообщило в пятницу, что переговоры продолжатся в Женеве."),
    ("ar", "قالت الوزارة يوم الجمعة إن المحادثات ستستمر في جنيف الشهر المقبل."),
    ("th", "กระทรวงกล่าวเมื่อวันศุกร์ว่าการเจรจาจะดำเนินต่อไปที่เจนีวา"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "text"), EXAMPLES)
def test_the_language_of_a_text(language: str, text: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize(
    "text", ["", "  \n ", "2019 — 12/07 !!! 3.5%", "😀", "https://a.example/b"]
)
def test_a_text_without_letters_is_unknown(text: str) -> None:
    assert detect_language(text) == "unknown"


def test_the_majority_of_a_mixed_text_decides() -> None:
    korean, english = "정부는 대화를 이어 가겠다고 밝혔다. ", "The two sides will meet again. "
    assert detect_language(korean * 5 + english) == "ko"
    assert detect_language(korean + english * 5) == "en"


def test_only_the_beginning_decides() -> None:
    assert detect_language("정부는 대화를 이어 가겠다고 밝혔다. " * 200 + "a b c " * 5_000) == "ko"


def test_a_lone_surrogate_is_no_trouble() -> None:
    assert detect_language("\ud800 talks will go on in the capital") == "en"


def test_the_codes_are_those_the_package_reads() -> None:
    assert SUPPORTED == ("en", "ko", "ja")


def test_plain_english_and_cjk_never_load_the_detector() -> None:
    program = (
        "import sys\n"
        "from framing.articles.languages import detect_language as detect\n"
        "english = 'The ministry said that it would meet with the other side and that talks on the '"
        " 'curbs have been agreed by both, according to this report from the capital.'\n"
        "assert [detect(english), detect('정부는 밝혔다'), detect('発表した')] == ['en', 'ko', 'ja']\n"
        "assert 'py3langid' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_long_texts_take_no_longer_than_their_beginning() -> None:
    text = "가 a 亜 " * 5_000_000
    begin = time.perf_counter()
    detect_language(text)
    assert time.perf_counter() - begin < 1
