// The page of a story.

import * as asking from "./asking.js";
import { choose, compare, guard, leave } from "./choosing.js";
import * as grid from "./grid.js";
import * as incoming from "./incoming.js";
import * as keys from "./keys.js";
import * as more from "./more.js";
import * as panel from "./panel.js";
import { quiet } from "./said.js";
import * as tools from "./tools.js";

const help = document.getElementById("keys");
const letters = document.getElementById("letters");

const searchOf = (link) => new URL(link.href, location.href).searchParams.get("in") ?? "";

/** The photo that a command is about: the one with the focus, else the open one. */
function subject() {
  const tile = grid.tileHere() ?? document.querySelector(".tile[data-open]");
  const photo = panel.openPhoto();
  const focused = document.activeElement?.closest?.(".photo");
  if (focused || !tile) return photo && { id: photo.dataset.id, tile, search: photo.querySelector('[name="in"]')?.value ?? "" };
  return { id: tile.dataset.id, tile, search: searchOf(tile.querySelector(".shot")) };
}

const withSubject = (act) => () => {
  const about = subject();
  if (!about) return false;
  act(about);
  return true;
};

const COMMANDS = {
  p: withSubject(({ id, search }) => choose(id, "picked", search)),
  r: withSubject(({ id, search }) => choose(id, "rejected", search)),
  c: withSubject(({ tile, search }) => tile && compare(tile, search)),
  m: withSubject(({ id }) => leave(`/?${new URLSearchParams({ like: id })}`)),
  x: withSubject(({ id, search }) => leave(`/photos/${id}/to-crop?${new URLSearchParams({ in: search })}`)),
  o: withSubject(({ tile }) => tile?.querySelector(".copies")?.toggleAttribute("open")),
  "/": () => focus("#headline, #what"),
  f: () => focus("#filters summary"),
  g: () => (grid.go(grid.lastTile()), true),
  "?": () => (help.showModal(), true),
  Escape: escape,
};

function focus(selector) {
  const field = document.querySelector(selector);
  field?.focus();
  field?.select?.();
  return Boolean(field);
}

function escape() {
  quiet();
  const copies = document.querySelector(".copies[open]");
  if (copies) {
    copies.open = false;
    copies.querySelector("summary").focus();
    return true;
  }
  if (panel.close()) return true;
  if (grid.tileHere()) return false;
  grid.go(grid.lastTile());
  return true;
}

function renewed() {
  grid.renew();
  more.watch(renewed);
}

function clicked(event) {
  if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest("a, button");
  if (!link) {
    const open = document.querySelector(".copies[open]");
    if (open && !open.contains(event.target)) open.open = false;
    return;
  }
  const tile = link.closest(".tile");
  if (link.matches(".shot, [data-photo]")) panel.open(link.href, link.matches(".shot") ? tile : null);
  else if (link.matches("#panel [data-close]")) panel.close();
  else if (link.matches("[data-more]")) more.load(link, renewed);
  else if (link.matches("#panel form [data-do]")) choose(link.form.photo.value, link.dataset.do, link.form.in.value);
  else if (link.matches(".tools [data-do=compare]")) compare(tile, searchOf(tile.querySelector(".shot")));
  else if (link.matches(".tools [data-do]")) choose(tile.dataset.id, link.dataset.do, searchOf(tile.querySelector(".shot")));
  else return;
  event.preventDefault();
}

addEventListener("click", clicked);
addEventListener("focusin", () => {
  const tile = grid.tileHere();
  if (!tile) return;
  grid.remember(tile);
  panel.follow(tile);
});
keys.listen((key) => {
  const tile = grid.tileHere();
  if (tile && grid.step(key, tile)) return true;
  return COMMANDS[key]?.() ?? false;
});
letters.checked = keys.lettersCount();
letters.addEventListener("change", () => keys.letLettersCount(letters.checked));
document.querySelector('.bar a[href="/keys"]').addEventListener("click", (event) => {
  event.preventDefault();
  help.showModal();
});
// On a narrow screen photos come first: what is asked beyond the headline is a tap away.
if (matchMedia("(max-width: 46rem)").matches) {
  for (const id of ["ask-more", "filters-details"]) document.getElementById(id)?.removeAttribute("open");
}
incoming.listen();
asking.listen(renewed);
tools.listen();
renewed();
guard();

// Going back finds the photo again that had the focus; the browser finds the place on the page by itself.
addEventListener("pagehide", () => {
  const tile = grid.lastTile();
  if (tile) history.replaceState({ ...history.state, tile: tile.id }, "");
});
const kept = document.getElementById(history.state?.tile ?? location.hash.slice(1));
if (kept?.matches(".tile")) {
  grid.remember(kept);
  kept.querySelector(".shot").focus({ preventScroll: true });
}
document.documentElement.dataset.ready = "";
