"""What was picked and rejected for the story of a page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from picdesk.archive.choices import story_id
from picdesk.records import Article

if TYPE_CHECKING:
    from picdesk.api import Archive
    from picdesk.desk.pages.form import Form


def story_of_form(form: Form, story: Article | None) -> Article | None:
    """The story that photos are chosen for: the one that was read, under its first name however it is edited.

    Args:
        form: of the page.
        story: that was read.

    Returns:
        ``None`` where the search is for no words, so that nothing can be chosen for it.
    """
    headline, lead = form.headline.strip(), form.lead.strip()
    if story is not None:
        return replace(story, id=story_id(story), headline=headline or story.headline, lead=lead)
    return Article(headline=headline or lead, lead=lead, read_by="desk") if headline or lead else None


def verdicts_of(archive: Archive, story: Article | None, who: str) -> dict[str, str]:
    """Photo -> ``picked`` or ``rejected``, as one person decided last.

    Args:
        archive: whose choices are looked at.
        story: as `story_of_form` gives it.
        who: the person.
    """
    if story is None:
        return {}
    return {choice.photo: choice.verdict for choice in archive.choices(article=story_id(story), who=who)}
