"""Pages written for the tests: the same story as different sites would serve it."""

from __future__ import annotations

HEADLINE = "Fire destroys warehouse in Bergen's old harbour"
PARAGRAPHS = (
    "A fire destroyed a warehouse in Bergen's old harbour on Monday night, and some forty people had to leave their "
    "homes, the city's fire chief said.",
    "Nobody was hurt. The flames were first seen shortly after ten, and by midnight the roof had fallen in, said "
    "Ingrid Moe, who watched from her balcony.",
    "The building, put up in 1911, had been empty since the spring. The police are looking for witnesses and do not "
    "rule out arson, a spokesman told reporters on Tuesday.",
)
NAVIGATION = (
    "<nav><ul><li><a href=/>Home</a><li><a href=/sport>Sport</a><li><a href=/weather>Weather</a></ul></nav>"
    "<div class=cookie-banner>We use cookies to improve your experience. <button>Accept all</button></div>"
)
FOOTER = (
    "<aside class=related><h2>Most read</h2><ul><li><a href=/a>Ten recipes for rhubarb</a><li><a href=/b>Who won the "
    "derby?</a></ul></aside><div id=comments><p>First! I knew it would burn one day, said nobody ever.</p></div>"
    "<footer><p>Copyright 2024 The Harbour Post. All rights reserved. Subscribe to our newsletter.</p></footer>"
)


def html(body: str, head: str = "") -> str:
    return f"<!DOCTYPE html><html lang=en-GB><head>{head}</head><body>{body}</body></html>"


def _tagged(tag: str) -> str:
    return "".join(f"<{tag}>{paragraph}</{tag}>" for paragraph in PARAGRAPHS)


META = (
    f"<title>{HEADLINE} - The Harbour Post</title>"
    f'<meta property="og:title" content="{HEADLINE.replace(chr(39), "&amp;#39;")} | The Harbour Post">'
    '<meta property="og:site_name" content="The Harbour Post">'
    '<meta property="article:published_time" content="2024-03-05T07:12:00+01:00">'
    '<meta name="keywords" content="Bergen, fire; Ingrid Moe">'
)

PAGES = {
    "plain": html(f"<article><h1>{HEADLINE}</h1>{_tagged('p')}</article>", f"<title>{HEADLINE}</title>"),
    "boilerplate": html(f"{NAVIGATION}<main><article><h1>{HEADLINE}</h1>{_tagged('p')}</article></main>{FOOTER}", META),
    "breaks": html(
        f"<h1>{HEADLINE}</h1><div class=story>{'<br><br>'.join(PARAGRAPHS)}</div>", f"<title>{HEADLINE}</title>"
    ),
    "divs": html(
        f"<div><h1>{HEADLINE}</h1></div><div class=content>{_tagged('div')}</div>", f"<title>{HEADLINE}</title>"
    ),
    "unclosed": f"<html><title>{HEADLINE}</title><body><h1>{HEADLINE}</h1><p>{'<p>'.join(PARAGRAPHS)}",
    "fragment": f"<h1>{HEADLINE}</h1>{_tagged('p')}",
}
