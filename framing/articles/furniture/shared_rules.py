"""Shared rules: furniture that looks alike in every language."""

from __future__ import annotations

from framing.articles.furniture.rule import Rule, TailRule

AGENCY = (
    r"(?:reuters|afp|ap|the associated press|associated press|yonhap(?: news)?(?: agency)?|kyodo"
    r"(?: news)?|jiji(?: press)?|xinhua|bloomberg|epa(?:-efe)?|efe|upi|dpa|tass|newsis|news1|"
    r"getty(?: images)?|agencies|ani|pti|연합뉴스|연합|뉴시스|뉴스1|로이터(?:통신)?|교도(?:통신)?|"
    r"共同(?:通信)?|時事(?:通信)?|ロイター|聯合ニュース|ＡＦＰ(?:時事)?|ＡＰ)"
)
"""Agencies whose bare name on a line is a credit."""

_NETWORK = (
    r"(?:facebook|twitter|x|linkedin|whatsapp|reddit|telegram|pinterest|instagram|youtube|line|"
    r"e-?mail|print|messenger|kakao(?:talk|story)?|naver|share|tweet|copy ?(?:link|url)|rss|"
    r"flipboard|weibo|wechat|페이스북|트위터|카카오(?:톡|스토리)?|네이버(?:블로그|밴드)?|밴드|"
    r"블로그|"
    r"라인|텔레그램|인스타그램|유튜브|이메일|메일|인쇄|프린트|스크랩|URL ?복사|공유(?:하기)?|"
    r"フェイスブック|ツイッター|ツイート|シェア|はてな(?:ブックマーク)?|LINEで送る|印刷|メール|"
    r"ブックマーク|ポスト)"
)
_DATE_PART = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|"
    r"fri|sat(?:ur)?|sun)(?:day)?|a\.?m\.?|p\.?m\.?|kst|jst|gmt|utc|sgt|hkt|est|edt|et|ist|bst|"
    r"\d++(?:st|nd|rd|th)?|(?:minutes?|mins?|hours?|hrs?|days?|weeks?) ago|오전|오후|午前|午後|"
    r"[년월일시분초전年月日時分秒前]|[월화수목금토일月火水木金土日]요?曜?日?)"
)
_STAMP_LABEL = (
    r"(?:first published|publish(?:ed|ing)? date|published|posted|last updated|updated|"
    r"last modified|modified|created|"
    r"date|time|on|at|입력|수정|등록|승인|작성|발행|송고|기사입력|기사등록|기사수정|최종수정|"
    r"최종 수정|업데이트|"
    r"시간|일시|댓글|公開|更新|配信|掲載|投稿|発行|最終更新|日時|日付|:)"
)
_SPACERS = r"[\s.,:/|·•\-–—~()\[\]（）［］：／｜、]"
STAMP = rf"(?>{_SPACERS}|{_STAMP_LABEL}|{_DATE_PART})++"
"""Dates, times and their labels."""

RULES = (
    Rule(
        "timestamp",
        rf"(?=.*\d){STAMP}",
        "A line of dates, times and their labels only.",
    ),
    Rule(
        "copyright",
        r"(?:©|ⓒ|\(c\) |<\s*저작권|〈\s*저작권|저작권자|copyright\b|著作権(?:者|は.{0,30}帰属|"
        r"所有)).{0,200}",
        "Whoever claims rights says nothing about the news.",
    ),
    Rule(
        "copyright",
        r"(?=.*(?:reserved|전재|복제|금지|転載|複製|複写)).{0,120}(?:all rights reserved|"
        r"무단\s?전재|무단\s?복제|재배포\s?금지|無断(?:転載|複製|複写)|"
        r"禁無断転載|転載を禁じ).{0,80}",
        "The usual words, wherever they stand in a short line.",
    ),
    Rule(
        "social",
        rf"(?>{_NETWORK}(?:\s*\d++)?(?:로|に|で|on|via)?(?:하기|\s*(?:공유|シェア|送る|ツイート|"
        rf"する))?[\s|,/·]*+)++",
        "Share buttons, one or many, with or without counts.",
    ),
    Rule(
        "contact", r"[<(\[]?[\w.+-]{1,40}@[\w-]{1,40}(?:\.[\w-]{1,20}){1,4}[>)\]]?", "An address."
    ),
    Rule("contact", r"(?:https?://|www\.)\S{3,200}", "A bare link."),
    Rule(
        "navigation",
        r"(?=.*[>›»＞])[^<＜>›»＞.。]{1,30}(?:\s*[>›»＞]\s*[^<＜>›»＞.。]{1,40}){1,6}\s*[>›»＞]?",
        "Bread crumbs: Home > World > Asia.",
    ),
    Rule(
        "menu",
        r"[^|｜.。]{1,25}(?:\s*[|｜]\s*[^|｜.。]{1,25}){2,15}",
        "Three or more short entries between bars.",
    ),
    Rule(
        "credit-line",
        rf"[(\[（<〈【]?\s*{AGENCY}(?:\s*[/,·・=＝]\s*{AGENCY})*\s*[)\]）>〉】]?",
        "An agency's name alone.",
    ),
    Rule(
        "photo-caption",
        r"(?:\[|\(|<|【|（)?\s*(?:사진|그래픽|자료|写真|画像|提供|photo|image|picture|graphic|"
        r"video|"
        r"photo credit|image credit|file photo)\s*(?:\]|\)|>|】|）)",
        "A photo marker alone.",
    ),
    Rule(
        "photo-caption",
        r"[\[(<【（]?\s*(?:사진|그래픽|자료사진|자료|그림|写真|画像|図|図表|チャート|グラフ|地図|"
        r"動画|撮影|提供|photo|image|picture|"
        r"graphic|photo credit|image credit|photo by|photos by|image by)\s*[=＝:：/|].{1,160}",
        "A photo marker with what it shows or who took it.",
    ),
    Rule("separator", r"[^\w]{1,80}", "No letter and no digit: a rule or an ornament."),
)

TAIL_RULES = (
    TailRule(
        "copyright", r"(?:©|ⓒ|Copyright ©).{0,120}", "A claim of rights run into the last line."
    ),
    TailRule(
        "contact",
        r"[<(\[]?[\w.+-]{1,40}@[\w-]{1,40}(?:\.[\w-]{1,20}){1,4}[>)\]]?",
        "A reporter's address after the last full stop.",
    ),
)
