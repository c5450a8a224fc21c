// The open photo beside the grid; on the way through the grid it follows.

import { go } from "./grid.js";
import { alarm, part, say, Trouble } from "./said.js";

const FOLLOWING = 120; // milliseconds of rest on a photo after which the open panel follows
const panel = document.getElementById("panel");
const narrow = matchMedia("(max-width: 70rem)");
let asked = null;
let timer = 0;

export const isOpen = () => Boolean(panel) && !panel.hidden;
export const openPhoto = () => panel?.querySelector(".photo") ?? null;

export async function open(address, tile) {
  if (isOpen() && tile?.hasAttribute("data-open")) {
    panel.querySelector("[data-close]")?.focus();
    return;
  }
  asked?.abort();
  const mine = (asked = new AbortController());
  try {
    const page = await part(address, "panel", ".photo", { signal: mine.signal });
    if (mine.signal.aborted) return;
    const photo = document.adoptNode(page.querySelector(".photo"));
    const was = tile?.getBoundingClientRect().top;
    panel.replaceChildren(photo);
    panel.hidden = false;
    panel.scrollTop = 0;
    mark(tile);
    // The grid has become narrower: the photo stays where it was on the screen.
    if (tile) scrollBy({ top: tile.getBoundingClientRect().top - was, behavior: "instant" });
    if (narrow.matches) photo.querySelector("[data-close]").focus();
    const warnings = [...photo.querySelectorAll(".warnings li")].map((line) => line.textContent);
    say([photo.querySelector("h2").textContent, ...warnings].join(". "));
  } catch (error) {
    if (error.name === "AbortError") return;
    if (!(error instanceof Trouble)) throw error;
    alarm(error.message, "Try again", () => open(address, tile));
  }
}

export function follow(tile) {
  clearTimeout(timer);
  if (isOpen() && !narrow.matches && !tile.hasAttribute("data-open")) {
    timer = setTimeout(() => open(tile.querySelector(".shot").href, tile), FOLLOWING);
  }
}

export function close() {
  if (!isOpen()) return false;
  clearTimeout(timer);
  asked?.abort();
  const tile = document.querySelector(".tile[data-open]");
  const was = tile?.getBoundingClientRect().top;
  panel.hidden = true;
  panel.replaceChildren();
  mark(null);
  if (tile) {
    scrollBy({ top: tile.getBoundingClientRect().top - was, behavior: "instant" });
    go(tile);
  }
  return true;
}

function mark(tile) {
  document.querySelector(".tile[data-open]")?.removeAttribute("data-open");
  tile?.setAttribute("data-open", "");
}
