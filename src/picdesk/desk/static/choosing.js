// Pick, reject, compare; and no way of leaving the page loses what was chosen.

import { alarm, post, quiet, say, send, Trouble } from "./said.js";
import { press } from "./tools.js";

const CHOOSE = "/choose";
const SAID = { picked: "Picked", rejected: "Rejected", "": "Taken back" };

/** Pick or reject; the same again takes it back. Shown at once, and put right if the desk says no. */
export async function choose(id, verdict, search) {
  const places = [...document.querySelectorAll(`[data-id="${CSS.escape(id)}"]`)];
  const before = places[0]?.dataset.verdict ?? "";
  const after = before === verdict ? "" : verdict;
  places.forEach((place) => show(place, after));
  const body = new URLSearchParams({ photo: id, verdict: after || "none", in: search });
  const choice = { id, verdict, after, before, search, places, body };
  untold.push(choice);
  // One after the other: the last key must win on the desk as it does here.
  const turn = last.then(() => tell(choice)).finally(() => untold.splice(untold.indexOf(choice), 1));
  last = turn.catch(() => {});
  await turn;
}

let last = Promise.resolve();
let failed = false;
const untold = [];

async function tell(choice) {
  if (choice.sent) return;
  choice.sent = true;
  try {
    await send(CHOOSE, choice.body, "choice");
    quiet();
    say(SAID[choice.after]);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    failed = true;
    choice.places.forEach((place) => show(place, choice.before));
    alarm(error.message, "Try again", () => choose(choice.id, choice.verdict, choice.search));
  }
}

/** Wait until the desk knows all that was chosen here; whether it does. */
export async function told() {
  failed = false;
  while (untold.length) await last;
  return !failed;
}

/** Go to another page then: a basket that is opened at once has it. Where the desk said no, the page stays to say so. */
export async function leave(address) {
  if (await told()) location.assign(address);
}

/** The same for every link and form of the page, and for a page that is put away. Called after the page's own listeners. */
export function guard() {
  addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!untold.length || !link || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || link.hash === "#main") return;
    event.preventDefault();
    leave(link.href);
  });
  addEventListener("submit", async (event) => {
    if (!untold.length || event.defaultPrevented) return;
    event.preventDefault();
    if (await told()) event.target.requestSubmit(event.submitter);
  });
  // Nobody can wait any more: what is still in line goes out at once, and the browser sees it through.
  addEventListener("pagehide", () => {
    for (const choice of untold.filter((each) => !each.sent)) {
      choice.sent = true;
      post(CHOOSE, choice.body, "choice").catch(() => {});
    }
  });
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
    leave(`/compare?${new URLSearchParams([...pair, ["in", search]])}`);
    return;
  }
  mark(tile, !marked);
  say(marked ? "No longer marked." : "Marked. Press c on another photo to see both.");
}

function mark(tile, on) {
  tile.toggleAttribute("data-compare", on);
  press(tile);
}
