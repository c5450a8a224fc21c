"""What tests do on a page, in an editor's words."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

PATIENCE = 60_000
"""Milliseconds until a page is held to have failed; on a busy machine one that works takes seconds."""


def ready(page: Page) -> None:
    """Wait until the page's script listens, where it has one."""
    if page.locator("script[type='module']").count():
        page.wait_for_selector("html[data-ready]", state="attached")


def until(page: Page, condition: str) -> None:
    """Wait for a condition in script; Playwright's own way to wait would need eval, which the desk's policy forbids."""
    for _ in range(PATIENCE // 50):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never came true: {condition}")


def tell(page: Page, story: str) -> None:
    """Paste a story into the first form, and wait for its photos."""
    page.fill("#what", story)
    page.click("button:has-text('Find photos')")
    expect(page.locator("#results")).to_be_visible()
    ready(page)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def focused(page: Page) -> dict[str, Any]:
    """The tile that has the focus: its photo and where it lies."""
    found = page.evaluate(
        """() => { const tile = document.activeElement.closest('.tile'); if (!tile) return {};
        const box = tile.getBoundingClientRect(); return {rank: +tile.dataset.rank, id: tile.dataset.id, left: box.left,
        right: box.right, top: box.top, bottom: box.bottom}; }"""
    )
    assert isinstance(found, dict)
    return found


def ranks(page: Page) -> list[int]:
    found = page.eval_on_selector_all(".tile", "tiles => tiles.map(tile => +tile.dataset.rank)")
    assert isinstance(found, list)
    return found


def captions(page: Page) -> list[str]:
    return page.locator(".tile .caption").all_text_contents()
