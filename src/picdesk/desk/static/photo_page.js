// The page of one photo, or of two side by side.

import { choose, guard } from "./choosing.js";
import * as keys from "./keys.js";

const photos = [...document.querySelectorAll(".photo")];
const here = () => document.activeElement?.closest?.(".photo") ?? (photos.length === 1 ? photos[0] : null);

function decide(photo, verdict) {
  const form = photo?.querySelector("[data-choose]");
  if (!form) return false;
  choose(photo.dataset.id, verdict, form.in.value);
  return true;
}

function side(number) {
  photos[number]?.querySelector('[data-do="picked"], .acts a')?.focus();
  return Boolean(photos[number]);
}

const COMMANDS = {
  p: () => decide(here(), "picked"),
  r: () => decide(here(), "rejected"),
  ArrowLeft: () => photos.length > 1 && side(0),
  ArrowRight: () => photos.length > 1 && side(1),
  Escape: () => (document.querySelector("[data-close]").click(), true),
};

keys.listen((key) => COMMANDS[key]?.() ?? false);
addEventListener("click", (event) => {
  const button = event.target.closest("[data-choose] [data-do]");
  if (button) {
    event.preventDefault();
    decide(button.closest(".photo"), button.dataset.do);
  }
});
guard();
if (photos.length > 1) side(0);
document.documentElement.dataset.ready = "";
