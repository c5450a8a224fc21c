// The grid by keyboard: one photo at a time can be tabbed to, arrows go to the next one as it lies on the screen.

const grid = () => document.getElementById("grid");
const tiles = () => [...(grid()?.children ?? [])];
let current = null;

/** The photo that has the focus, or had it last; null where there is none. */
export function tileHere() {
  const focused = document.activeElement?.closest?.(".tile");
  return focused ?? null;
}

export function lastTile() {
  return current?.isConnected ? current : (tiles()[0] ?? null);
}

/** Make a photo the one that can be tabbed to. */
export function remember(tile) {
  for (const other of tiles()) reach(other, other === tile);
  current = tile;
}

/** After photos came or went. */
export function renew() {
  remember(lastTile());
}

export function go(tile) {
  if (!tile) return;
  remember(tile);
  tile.querySelector(".shot").focus({ preventScroll: true });
  tile.scrollIntoView({ block: "nearest" });
}

function reach(tile, here) {
  for (const each of tile.querySelectorAll(".shot, .copies > summary")) each.tabIndex = here ? 0 : -1;
}

const STEPS = {
  ArrowLeft: (tile) => tile.previousElementSibling,
  ArrowRight: (tile) => tile.nextElementSibling,
  ArrowUp: (tile) => inRow(tile, -1),
  ArrowDown: (tile) => inRow(tile, 1),
  Home: () => tiles()[0],
  End: () => tiles().at(-1),
};

/** Go where a key points; whether it was such a key. */
export function step(key, tile) {
  if (!(key in STEPS)) return false;
  go(STEPS[key](tile));
  return true;
}

/** The photo of the next row up or down that lies nearest. */
function inRow(tile, direction) {
  const here = tile.getBoundingClientRect();
  const middle = (here.left + here.right) / 2;
  const next = (each) => (direction > 0 ? each.nextElementSibling : each.previousElementSibling);
  let row = null;
  let best = null;
  let distance = Infinity;
  for (let each = next(tile); each; each = next(each)) {
    const box = each.getBoundingClientRect();
    if (Math.abs(box.top - here.top) < 2) continue;
    row ??= box.top;
    if (Math.abs(box.top - row) > 2) break;
    const off = middle < box.left ? box.left - middle : middle > box.right ? middle - box.right : 0;
    if (off < distance) [best, distance] = [each, off];
  }
  return best;
}
