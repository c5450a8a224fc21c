// Pick, reject, compare.

import { alarm, quiet, say, send, Trouble } from "./said.js";
import { press } from "./tools.js";

const SAID = { picked: "Picked", rejected: "Rejected", "": "Taken back" };

/** Pick or reject; the same again takes it back. Shown at once, and put right if the desk says no. */
export async function choose(id, verdict, search) {
  const places = [...document.querySelectorAll(`[data-id="${CSS.escape(id)}"]`)];
  const before = places[0]?.dataset.verdict ?? "";
  const after = before === verdict ? "" : verdict;
  places.forEach((place) => show(place, after));
  untold += 1;
  const turn = (last = last.then(() => tell(id, after, search, places, before)));
  await turn.finally(() => (untold -= 1));
}

let last = Promise.resolve(); // one after the other: the last key must win on the desk as it does here
let untold = 0;

// Who goes on to the basket at once finds there what was just chosen: the page is left when the desk knows all of it.
document.addEventListener("click", async (event) => {
  const link = event.target.closest("header a[href]");
  if (!link || !untold || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  await last;
  location.assign(link.href);
});

async function tell(id, after, search, places, before) {
  try {
    await send("/choose", new URLSearchParams({ photo: id, verdict: after || "none", in: search }), "choice");
    quiet();
    say(SAID[after]);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    places.forEach((place) => show(place, before));
    alarm(error.message, "Try again", () => choose(id, after || before, search));
  }
}

function show(place, verdict) {
  if (verdict) place.dataset.verdict = verdict;
  else delete place.dataset.verdict;
  const badge = place.querySelector(".verdict-badge");
  if (badge) badge.textContent = verdict ? SAID[verdict] : "";
  press(place);
  for (const button of place.querySelectorAll('[name="verdict"]')) {
    button.setAttribute("aria-pressed", String(button.dataset.do === verdict));
    button.value = button.dataset.do === verdict ? "none" : button.dataset.do;
  }
}

/** Mark a photo; the second one opens both side by side. */
export function compare(tile, search) {
  const marked = document.querySelector(".tile[data-compare]");
  if (marked && marked !== tile) {
    const pair = [marked, tile].map((each) => ["photo", each.dataset.id]);
    mark(marked, false);
    location.assign(`/compare?${new URLSearchParams([...pair, ["in", search]])}`);
    return;
  }
  mark(tile, !marked);
  say(marked ? "No longer marked." : "Marked. Press c on another photo to see both.");
}

function mark(tile, on) {
  tile.toggleAttribute("data-compare", on);
  press(tile);
}
