"""Twenty awkward pages: what each must give, and by which step."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tests.articles.pages import FOOTER, HEADLINE, META, NAVIGATION, PARAGRAPHS, html

SITE_TITLE = f"<title>{HEADLINE} - The Harbour Post</title>"
STORY = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
SHELL = f"{NAVIGATION}<div id=__next></div><noscript>Please enable JavaScript to read this page.</noscript>"
JAPANESE = (
    "月曜の夜、ベルゲンの旧港にある倉庫が火災で全焼し、およそ四十人の住民が避難した。",
    "けが人はいなかった。炎は午後十時過ぎに最初に目撃され、真夜中までに屋根が崩れ落ちた。",
    "警察は目撃者を探しており、放火の可能性も排除していないと、報道官が火曜日に記者団に語った。",
)
RUSSIAN = (
    "Пожар уничтожил склад в старой гавани Бергена в понедельник вечером, около сорока человек покинули свои дома.",
    "Никто не пострадал. Пламя впервые заметили вскоре после десяти, а к полуночи крыша обрушилась, сказала свидетель.",
    "Полиция ищет свидетелей и не исключает поджога, сообщил во вторник журналистам представитель ведомства.",
)
GERMAN = (
    "Ein Feuer zerstörte am Montagabend ein Lagerhaus im alten Hafen von Köln; vierzig Menschen mussten hinaus.",
    "Niemand wurde verletzt. „Größere Schäden gab es nicht“, sagte die Bürgermeisterin über die Lösch­arbeiten.".replace(
        "\u00ad", ""
    ),
    "Die Polizei sucht Zeugen und schließt Brandstiftung nicht aus, erklärte ein Sprecher am Dienstag in Düren.",
)
CAPTIONS = tuple(
    f"{what} in the old harbour of Bergen on Monday night, seen from the quay at the other side of the water."
    for what in ("Flames above the roof", "Firefighters at work", "A crane", "The empty warehouse", "A crowd", "Smoke")
)
UPDATES = tuple(
    f"At {hour} o'clock the fire brigade said that {houses} more houses near the harbour had been cleared of people."
    for hour, houses in ((10, 2), (11, 4), (12, 6), (13, 3), (14, 8))
)


@dataclass(frozen=True)
class Awkward:
    """A page.

    Attributes:
        data: as a server would send it.
        step: which step must win; ``refused`` where the page is no article.
        lines: the text that must be found; for a refused page, a piece of the reason.
        headline: the headline that must be found.
    """

    data: bytes
    step: str
    lines: tuple[str, ...]
    headline: str = HEADLINE


def linked(document: object) -> str:
    """A JSON-LD block."""
    return f'<script type="application/ld+json">{json.dumps(document)}</script>'


def _next(document: object) -> str:
    return f'<script id="__NEXT_DATA__" type="application/json">{json.dumps(document)}</script>'


def _foreign(title: str, paragraphs: tuple[str, ...], charset: str = "") -> str:
    meta = f'<meta charset="{charset}">' if charset else ""
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return html(f"<article><h1>{title}</h1>{body}</article>", f"{meta}<title>{title}</title>")


_TOLD = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": HEADLINE}
_BODY = [
    {"type": "paragraph", "children": [{"text": "A fire "}, {"text": PARAGRAPHS[0].removeprefix("A fire ")}]},
    {"type": "image", "src": "a.jpg", "caption": "not the story"},
    {"type": "paragraph", "html": f"<b>{PARAGRAPHS[1]}</b>"},
    {"type": "paragraph", "text": PARAGRAPHS[2]},
]
_DRAWN = {
    "props": {
        "pageProps": {
            "article": {"headline": HEADLINE, "description": PARAGRAPHS[0], "body": _BODY},
            "related": [{"title": "Rhubarb", "body": "Ten recipes for rhubarb, the best of all vegetables. " * 40}],
        }
    }
}
_OPEN_GRAPH = (
    f'<meta property="og:title" content="{HEADLINE.replace(chr(39), "&#39;")} | The Harbour Post">'
    f'<meta property="og:description" content="{PARAGRAPHS[0].replace(chr(39), "&#39;")}">'
)
CONSENT = (
    "<h1>Before you continue to The Harbour Post</h1><p>We value your privacy. We and our 842 partners store and/or "
    "access information on a device, such as cookies, and process personal data.</p><p>You can manage your privacy "
    "settings at any time. Accept all, or reject all. We use cookies to measure how our pages are read.</p>"
) + "<p>With your consent we may use precise location data and identification through device scanning.</p>" * 4
TEASER = (
    f"<article><h1>{HEADLINE}</h1><p>{PARAGRAPHS[0]}</p><p>Subscribe now to continue reading. Already a subscriber? "
    "Log in.</p></article>"
)

AWKWARD: dict[str, Awkward] = {
    "line breaks": Awkward(
        html(f"{NAVIGATION}<h1>{HEADLINE}</h1><div>{'<br/><br/>'.join(PARAGRAPHS)}</div>", SITE_TITLE).encode(),
        "trafilatura",
        PARAGRAPHS,
    ),
    "divs only": Awkward(
        html(
            f"<div><div class=t>{HEADLINE}</div>{''.join(f'<div><span>{p}</span></div>' for p in PARAGRAPHS)}</div>",
            f"<title>{HEADLINE}</title>",
        ).encode(),
        "trafilatura",
        PARAGRAPHS,
    ),
    "JSON-LD only": Awkward(
        html(SHELL, SITE_TITLE + linked({"@graph": [{**_TOLD, "articleBody": "\n\n".join(PARAGRAPHS)}]})).encode(),
        "json-ld",
        PARAGRAPHS,
    ),
    "script-rendered": Awkward(html(SHELL + _next(_DRAWN), SITE_TITLE).encode(), "next-data", PARAGRAPHS),
    "gallery": Awkward(
        html(
            f"{NAVIGATION}<article><h1>{HEADLINE}</h1><p>{PARAGRAPHS[0]}</p></article><div id=gallery></div>",
            SITE_TITLE
            + linked(
                {
                    "@type": "ImageGallery",
                    "headline": HEADLINE,
                    "image": [{"@type": "ImageObject", "caption": caption} for caption in CAPTIONS],
                }
            ),
        ).encode(),
        "json-ld",
        CAPTIONS,
    ),
    "UTF-8 declared Latin-1": Awkward(
        _foreign("Feuer in Köln", GERMAN, "iso-8859-1").encode(), "trafilatura", GERMAN, "Feuer in Köln"
    ),
    "Latin-1 declared UTF-8": Awkward(
        _foreign("Feuer in Köln", GERMAN, "utf-8").encode("cp1252"), "trafilatura", GERMAN, "Feuer in Köln"
    ),
    "Shift_JIS": Awkward(
        _foreign("ベルゲンで倉庫火災", JAPANESE, "Shift_JIS").encode("cp932"),
        "trafilatura",
        JAPANESE,
        "ベルゲンで倉庫火災",
    ),
    "cp1251 without meta": Awkward(
        _foreign("Пожар в Бергене", RUSSIAN).encode("cp1251"), "trafilatura", RUSSIAN, "Пожар в Бергене"
    ),
    "cp1251 declared Latin-1": Awkward(
        _foreign("Пожар в Бергене", RUSSIAN, "iso-8859-1").encode("cp1251"), "trafilatura", RUSSIAN, "Пожар в Бергене"
    ),
    "consent wall": Awkward(html(CONSENT, "<title>The Post</title>").encode(), "refused", ("a consent wall",)),
    "access denied": Awkward(
        html(
            "<h1>Access Denied</h1><p>You don't have permission to access this story on this server.</p>"
            "<p>Reference #18.2f3 for your request. Please contact the site owner for help.</p>",
            f"<title>Access Denied</title>{_OPEN_GRAPH}",
        ).encode(),
        "refused",
        ("a refusal of access",),
    ),
    "paywall teaser": Awkward(
        html(TEASER, SITE_TITLE + _OPEN_GRAPH).encode(), "refused", ("a teaser before a paywall",)
    ),
    "paywall told in JSON-LD": Awkward(
        html(
            f"<article><h1>{HEADLINE}</h1><p>{PARAGRAPHS[0]}</p></article>",
            SITE_TITLE + _OPEN_GRAPH + linked({**_TOLD, "isAccessibleForFree": False}),
        ).encode(),
        "refused",
        ("a teaser before a paywall",),
    ),
    "live blog": Awkward(
        html(
            f"{NAVIGATION}<h1>{HEADLINE}</h1><p>Follow the news here as it happens, minute by minute, all night.</p>",
            SITE_TITLE
            + linked(
                {
                    "@type": "LiveBlogPosting",
                    "headline": HEADLINE,
                    "liveBlogUpdate": [{"@type": "BlogPosting", "articleBody": f"<p>{one}</p>"} for one in UPDATES],
                }
            ),
        ).encode(),
        "json-ld",
        UPDATES,
    ),
    "five megabytes": Awkward(
        html(
            f"<script>{'var a=1;' * 600_000}</script><article><h1>{HEADLINE}</h1>{STORY}</article>", SITE_TITLE
        ).encode(),
        "trafilatura",
        PARAGRAPHS,
    ),
    "custom elements": Awkward(
        html(
            f"<post-page><post-head><h1>{HEADLINE}</h1></post-head><post-body>"
            f"{''.join(f'<post-para>{paragraph}</post-para>' for paragraph in PARAGRAPHS)}</post-body></post-page>",
            SITE_TITLE,
        ).encode(),
        "trafilatura",
        PARAGRAPHS,
    ),
    "unclosed tags": Awkward(
        f"<html><head>{SITE_TITLE}<body><div><article><h1>{HEADLINE}<p>{'<p>'.join(PARAGRAPHS)}".encode(),
        "trafilatura",
        PARAGRAPHS,
    ),
    "AMP": Awkward(
        f"<!doctype html><html ⚡ lang=en><head>{META}<style amp-boilerplate>body{{visibility:hidden}}</style>"
        f"</head><body><amp-sidebar><ul><li>Home<li>Sport</ul></amp-sidebar><article><h1>{HEADLINE}</h1>"
        f"<amp-img src=a.jpg></amp-img>{STORY}</article>"
        f"<amp-consent>We use cookies.</amp-consent>{FOOTER}</body></html>".encode(),
        "trafilatura",
        PARAGRAPHS,
    ),
    "Open Graph only": Awkward(
        html("<div id=app></div><script src=app.js></script>", _OPEN_GRAPH).encode(), "open-graph", (PARAGRAPHS[0],)
    ),
    "empty": Awkward(b"", "refused", ("no article",)),
}
