"""English rules: furniture of English pages."""

from __future__ import annotations

from framing.articles.furniture.rule import Rule, TailRule
from framing.articles.furniture.shared_rules import STAMP

# Names are told by their capitals, which `case is ignored` would lose: hence the (?-i:).
_NAME = r"(?-i:[A-ZÀ-Þ][\w.’'-]{0,20})(?:\s(?-i:(?:[A-ZÀ-Þ][\w.’'-]{0,20}|de|van|von|bin|al))){0,3}"
_POST = (
    r"(?:staff|senior|chief|deputy|contributing|special|political|business|economics|foreign|asia|"
    r"seoul|tokyo|beijing|washington|diplomatic|trade|technology|our)?\s?(?:staff )?"
    r"(?:writer|reporter|correspondent|editor|columnist|contributor|bureau|bureau chief|"
    r"staff|news desk|desk)"
)
_NOT_NAME = (
    r"(?!by\s(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|"
    r"april|may|june|july|august|september|october|november|december|the|then|now|contrast|law|"
    r"design|default|the same author)\b)"
)

RULES = (
    Rule(
        "byline",
        rf"{_NOT_NAME}(?:story |text |written |reported |report )?by:?\s{_NAME}"
        rf"(?:(?:,\s|\sand\s|\s&\s|,\sand\s){_NAME}){{0,4}}(?:\s*[,|/–-]\s*.{{1,60}})?",
        "By and names, perhaps with a post.",
    ),
    Rule(
        "byline", rf"{_NAME}(?:\s*[,|/–-]\s*|\s\(){_POST}(?:\sin\s\w+)?\)?", "A name with a post."
    ),
    Rule(
        "byline",
        rf"{_NAME} is (?:a|an|our|the)\s.{{0,60}}(?:columnist|contributor|writer|correspondent|"
        rf"reporter|editor)\b.{{0,80}}",
        "Who the author is.",
    ),
    Rule(
        "byline",
        rf"(?:reporters?|editors?|writers?|authors?|text|words|producers?|photos?)\s?:\s?{_NAME}"
        rf"(?:(?:,\s|\sand\s|\s&\s){_NAME}){{0,4}}",
        "A post, a colon and names.",
    ),
    Rule(
        "credit-line",
        r"[(\[](?!laughter|applause|pause|silence|music|inaudible|sic)(?-i:[A-Z][\w.&-]{0,15})"
        r"(?:[ /,-]{1,2}(?-i:[A-Z][\w.&-]{0,15})){0,3}[)\]]",
        "A name alone in parentheses.",
    ),
    Rule(
        "outlet-name",
        r"(?-i:(?:The )?(?:[A-Z][\w&'-]{1,15} ){1,3}(?:Times|Post|Herald|Tribune|Gazette|Ledger|"
        r"Daily|"
        r"News|Journal|Press|Wire|Mail|Chronicle|Observer|Radio|TV|Broadcasting|Courier|Bulletin|"
        r"Standard|News Agency))"
        rf"(?:\s?[|,-]?\s?(?:by:?\s{_NAME}|(?=.*\d){STAMP}))?",
        "The outlet's own name, perhaps with who and when.",
    ),
    Rule(
        "byline",
        rf"{_NAME}\s?\|\s?by\s{_NAME}|(?:heard|aired|broadcast) on\s.{{1,40}}",
        "A programme with who spoke.",
    ),
    Rule("byline", rf"(?:by\s)?(?:our\s)?{_POST}(?:,?\s(?:in\s)?\w+)?", "A post without a name."),
    Rule(
        "byline",
        r"[(\[]?(?:additional )?(?:reporting|writing|editing|edited|compiled|"
        r"translated) by\s.{1,200}",
        "Who reported, wrote and edited.",
    ),
    Rule(
        "dateline-alone",
        r"(?-i:[A-Z][A-Z.,/ -]{2,40})(?:,\s(?-i:[A-Z][a-z]{2,8})\.?\s\d{1,2})?"
        r"(?:\s\([^()]{2,40}\))?\s?(?:--|[-–—:]|(?<=\d)|(?<=\)))",
        "A place in capitals with a date, an agency or a dash, and no sentence after it.",
    ),
    Rule("source-line", r"sources?\s?:\s.{1,80}", "Where the copy came from."),
    Rule(
        "related-link",
        r"[>»▶►*•\[]{0,2}\s*(?:also read|read also|read more|read next|read this|read|related|"
        r"related (?:article|story|stories|news|link|links|topics?|coverage|content)|see also|"
        r"watch(?: now)?|listen(?: now)?|more|more on this(?: story)?|more stories|don'?t miss|"
        r"recommended|must read)\]?\s*[:|»>–-]\s*.{1,200}",
        "A pointer to another article.",
    ),
    Rule(
        "related-link",
        r"(?:also read|read more|read next|read full story|see also|related (?:articles?|story|"
        r"stories|"
        r"news|links?|topics?|coverage|content)|more on this(?: story)?|more stories|more news|"
        r"more "
        r"from .{1,40}|recommended(?: for you| stories| reading)?|you (?:may|might) (?:also )?"
        r"(?:like|be interested in)|up next|don'?t miss|by the same author|further reading)\s?:?",
        "A heading over pointers.",
        heads_list=True,
    ),
    Rule(
        "page-list",
        r"(?:the )?(?:most (?:popular|read|viewed|shared|commented)(?: stories| news| articles)?|"
        r"(?:latest|top|trending|popular|breaking|recent)(?: (?:news|stories|headlines|articles|"
        r"posts|topics|now|on .{1,20}))?|trending|editors?['’]?s?['’]? (?:picks?|choice)|headlines|"
        r"in other news|what['’]s hot|today['’]s (?:headlines|top stories)|around the web|"
        r"from around the web|promoted stories|sponsored stories)(?: today| this week)?\s?:?",
        "A heading over a page's lists.",
        heads_list=True,
    ),
    Rule(
        "subscribe",
        r"(?:subscribe|subscribe (?:to|for) [^.!?]{1,50}|enter your e-?mail.{0,30}|"
        r"subscribe (?:now|today|here)\b.{0,120}|subscribe (?:to|for|"
        r"and)\b.{0,60}\b(?:newsletter|channel|"
        r"podcast|our|us|access|stories|updates|edition|print|digital|reading|alerts)\b.{0,60}|"
        r"subscriptions?|"
        r"sign up (?:now|here|today|for|to)\b.{0,120}|sign up|newsletters?|(?:daily|weekly|morning|"
        r"evening) (?:newsletter|briefing)|get (?:our|the|unlimited|full|breaking).{0,120}(?:app|"
        r"newsletter|inbox|access|alerts|briefing)\.?|download (?:our|the).{0,80}app.{0,40}|"
        r"(?:join|follow) (?:our|the|us on our) .{0,40}(?:channel|telegram|whatsapp|"
        r"newsletter).{0,60}|"
        r"donate(?: now)?|support (?:our|independent) journalism.{0,80}|become a (?:member|"
        r"subscriber).{0,60}|"
        r"already a (?:subscriber|member)\?.{0,40}|this (?:article|"
        r"story) is for subscribers.{0,60})",
        "Offers to subscribe.",
    ),
    Rule(
        "social",
        r"(?:share (?:this|on|via|the)\b.{0,60}|follow us\b.{0,80}|like us on .{1,40}|join the "
        r"conversation.{0,40}|(?:\d+ )?(?:comments?|shares?|likes?|views?)(?: ?\(?\d*\)?)?|leave a "
        r"(?:comment|reply)|add a comment|view (?:all )?comments|comments are closed\.?|follow|"
        r"bookmark|save(?: article| story)?)",
        "Buttons and counts.",
    ),
    Rule(
        "feedback",
        r"(?:send (?:us )?(?:your )?feedback|feedback|report (?:an |a )?(?:error|typo|problem|"
        r"mistake)."
        r"{0,40}|contact us.{0,60}|tip us off.{0,60}|got a (?:tip|story)\?.{0,80}|"
        r"send (?:us )?(?:your )?(?:news )?tips?"
        r"\b.{0,60}|have your say.{0,40}|was this article helpful\?)",
        "Ways to write to the outlet.",
    ),
    Rule(
        "navigation",
        r"(?:back to top|back to the top|go to top|top|scroll to top|home|homepage|"
        r"skip to (?:main )?"
        r"content|skip to navigation|next(?: article| story| page| post)?|"
        r"prev(?:ious)?(?: article| story| "
        r"page| post)?|(?:newer|older) posts?|(?:listen|watch) live|live tv|on air|previous next|"
        r"page \d+ of \d+|show (?:more|less)|load more|view (?:more|all)|see "
        r"(?:more|all)|expand|close|continue reading.{0,12}|back to .{1,20}|full article|"
        r"print(?: this)?(?: article| page)?|"
        r"text size.{0,20}|font size.{0,20}|a a a?|listen to (?:this )?article|"
        r"\d+ min(?:ute)? read|"
        r"go to .{1,30} homepage)",
        "Ways around the site.",
    ),
    Rule(
        "menu",
        r"(?:\s*[/·,&]?\s*(?:menu|main menu|sections?|search|log ?in|sign ?in|log ?out|register|"
        r"my account|all "
        r"sections|news|world|asia|national|politics|business|economy|markets|opinion|editorials?|"
        r"sports?|culture|lifestyle|entertainment|technology|tech|science|health|travel|video|"
        r"videos|"
        r"photos?|gallery|live|podcasts?|weather|multimedia|about us|contact|"
        r"advertise(?: with us)?|"
        r"privacy(?: policy)?|terms(?: of (?:use|service))?|cookie policy|site ?map|careers|"
        r"e-?paper|"
        r"en|kr|jp|english|languages?|edition|asia edition|international edition|finance|social "
        r"affairs|foreign affairs|diplomacy|k-pop|north korea)\b){1,8}",
        "A menu entry.",
    ),
    Rule(
        "advert",
        r"sponsored content|paid content|partner content|promoted content",
        "A heading over what is paid for.",
        heads_list=True,
    ),
    Rule(
        "advert",
        r"(?:\[?\(?advertisements?\)?\]?|sponsored(?: by .{1,40})?|promoted(?: by .{1,40})?|"
        r"ads? by .{1,30}|ads?|(?:story|article) continues (?:below|after).{0,40}|scroll "
        r"(?:down )?to continue.{0,40}|click (?:here|to)\b.{0,120}|remove ads.{0,40})",
        "Advertising, and clicks asked for.",
    ),
    Rule(
        "tags",
        r"(?:tags?|topics?|keywords?|filed under|categories|category)\s?:\s?.{1,160}",
        "Tags.",
    ),
    Rule(
        "photo-caption",
        r"(?:file (?:photo|image|picture)|photo|image|in this (?:file |handout )?(?:photo|image|"
        r"picture)"
        r"|(?:ap|afp|reuters) photo)\s?[:/—–-]\s?.{1,400}",
        "A caption that says so first.",
    ),
    Rule(
        "correction",
        r"(?:this (?:article|story|report) (?:has been|was) (?:edited|updated|amended|corrected|"
        r"first "
        r"published|originally published|produced|generated|translated).{0,200}|read this (?:story|"
        r"article) in .{1,40})",
        "A note of the desk about the article.",
    ),
)

TAIL_RULES = (
    TailRule(
        "byline",
        r"\((?:Additional r|R)eporting by [^()]{3,200}\)",
        "Who reported and edited, run into the last line.",
    ),
)

CAPTION_END = (
    r"[(\[](?:[^()\[\]]{0,40}\b)?(?:photos?|images?|pictures?|pic|file|handout|screenshot|"
    r"courtesy|getty|"
    r"illustration|graphic)\b[^()\[\]]{0,80}[)\]]\.?|(?:\bPhoto(?:graph)?s?|\bImage|\bPicture|"
    r"\bFile photo)"
    r"(?: credit| by|\s?:)\s?[^.]{2,80}|(?:AP|AFP|EPA|Reuters|REUTERS) (?:Photo|file photo|"
    r"photo)/?[^.]{0,60}|\|\s?(?:AFP|AP|REUTERS|REUTERS|KYODO|YONHAP|BLOOMBERG|"
    r"POOL)[A-Z /,-]{0,40}|\|\s?[A-Z][A-Z /,&-]{3,40}|/(?:Handout|Pool|File)"
)
"""How a caption ends; the whole line is the caption."""
