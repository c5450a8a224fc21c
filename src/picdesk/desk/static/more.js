// Endless scroll: the link to more photos follows itself as it comes near, and the address goes along, so that going back
// finds the place again.

import { alarm, part, say, Trouble } from "./said.js";

const NEAR = "900px";
let loading = false;
let watcher = null;

export function watch(renewed) {
  watcher?.disconnect();
  const link = document.querySelector("[data-more]");
  if (!link) return;
  watcher = new IntersectionObserver((seen) => seen.some((each) => each.isIntersecting) && load(link, renewed), { rootMargin: NEAR });
  watcher.observe(link);
}

export async function load(link, renewed) {
  if (loading) return;
  loading = true;
  watcher?.disconnect();
  const place = new URL(link.href);
  place.hash = "";
  const address = new URL(place);
  address.searchParams.set("cursor", link.dataset.cursor);
  try {
    const page = await part(address, "tiles", "#grid");
    if (!link.isConnected) return; // another question was answered meanwhile
    const tiles = [...page.getElementById("grid").children].map((tile) => document.adoptNode(tile));
    const had = document.activeElement === link;
    document.getElementById("grid").append(...tiles);
    document.getElementById("more").replaceWith(document.adoptNode(page.getElementById("more")));
    history.replaceState(history.state, "", place);
    say(`${tiles.length} more photos`);
    if (had) tiles[0]?.querySelector(".shot").focus();
    renewed();
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    alarm(error.message, "Try again", () => load(link, renewed));
  } finally {
    loading = false;
  }
}
