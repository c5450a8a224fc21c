// Live re-ranking: a change of the form is asked at once, an earlier question is called off, focus and place stay.

import { told } from "./choosing.js";
import { alarm, part, quiet, say, Trouble } from "./said.js";
import { away } from "./tools.js";

const TYPING = 250; // milliseconds of rest after which what is typed is asked
const form = document.getElementById("ask");
let question = null;
let timer = 0;

/** Let `renewed` know each time that there are other photos. */
export function listen(renewed) {
  if (!form) return;
  // Filters stand outside of the form's element, and belong to it.
  addEventListener("input", ({ target }) => {
    if (target.form !== form || target.type === "checkbox") return;
    if (target.type === "range") sayWeight(target);
    later(renewed);
  });
  addEventListener("change", ({ target }) => target.form === form && target.type === "checkbox" && ask(renewed, { kept: true }));
  form.addEventListener("submit", (event) => {
    const drop = event.submitter?.name === "drop" ? event.submitter.value : "";
    if (/^(like|picture):/.test(drop)) return; // another story: the whole page
    event.preventDefault();
    ask(renewed, { drop, kept: true });
  });
  addEventListener("popstate", async () => (await told(), location.reload()));
}

function later(renewed) {
  clearTimeout(timer);
  timer = setTimeout(() => ask(renewed), TYPING);
}

async function ask(renewed, { drop = "", kept = false } = {}) {
  clearTimeout(timer);
  question?.abort();
  const query = fields();
  if (!["headline", "lead", "picture", "like"].some((name) => query.get(name)?.trim())) {
    say("Type a headline.");
    return;
  }
  const mine = (question = new AbortController());
  const asked = new URLSearchParams(query);
  if (drop) asked.append("drop", drop);
  const results = document.getElementById("results");
  results.setAttribute("aria-busy", "true");
  try {
    const page = await part(`/?${asked}`, "results", "#results", { signal: mine.signal });
    if (mine.signal.aborted) return;
    quiet();
    const address = `/?${page.querySelector("#results").dataset.query}`;
    history[kept ? "pushState" : "replaceState"](history.state, "", address);
    document.title = page.title;
    swap(page, ["read", "filters", "results"]);
    say(["[data-misfit]", ".empty", "[data-summary]"].map((each) => document.querySelector(each)?.textContent.trim()).find(Boolean) ?? "");
    renewed();
  } catch (error) {
    if (error.name === "AbortError") return;
    if (!(error instanceof Trouble)) throw error;
    alarm(error.message, "Try again", () => ask(renewed, { drop, kept }));
  } finally {
    if (question === mine) results.removeAttribute("aria-busy");
  }
}

/** The form's fields, those alone that say something; a box that is ticked may stand for "not said". */
function fields() {
  const query = new URLSearchParams();
  for (const field of form.elements) {
    if (!field.name || field.type === "submit") continue;
    if (field.type === "checkbox" ? field.checked : field.type === "range" ? field.value !== "50" : field.value) {
      query.append(field.name, field.value);
    }
  }
  return query;
}

function swap(page, ids) {
  const focused = document.activeElement;
  const inside = ids.some((id) => document.getElementById(id).contains(focused));
  const place = focused.closest?.("[id]")?.id;
  const open = new Map([...document.querySelectorAll("details[id]")].map((each) => [each.id, each.open]));
  const top = scrollY;
  away();
  for (const id of ids) {
    const there = document.getElementById(id);
    const nodes = [...page.getElementById(id).childNodes].map((node) => document.adoptNode(node));
    there.replaceChildren(...nodes);
  }
  for (const [id, was] of open) {
    const there = document.getElementById(id);
    if (there) there.open = was;
  }
  scrollTo({ top, behavior: "instant" });
  if (!inside) return;
  const again = place && document.getElementById(place);
  (again?.querySelector(".shot") ?? again ?? document.querySelector("#filters summary"))?.focus({ preventScroll: true });
}

function sayWeight(slider) {
  const said = document.getElementById(`${slider.id}_said`);
  const { left, middle, right } = said.dataset;
  const ends = { 0: left, 50: middle, 100: right };
  said.textContent = ends[slider.value] ?? `${100 - slider.value} : ${slider.value}`;
}
