// One set of buttons, which lies on the photo that the pointer is on.

const tools = document.getElementById("tools");
const page = document.getElementById("main");

export function listen() {
  if (!tools) return;
  addEventListener("pointerover", ({ target, pointerType }) => {
    if (pointerType !== "mouse") return;
    const tile = target.closest?.(".tile");
    if (tile === tools.closest(".tile")) return;
    tools.hidden = !tile;
    (tile ?? page).append(tools);
    if (tile) press(tile);
  });
}

/** The buttons say what was decided on the photo under them. */
export function press(tile) {
  if (!tile.contains(tools)) return;
  for (const button of tools.children) {
    const on = button.dataset.do === "compare" ? "compare" in tile.dataset : button.dataset.do === tile.dataset.verdict;
    button.setAttribute("aria-pressed", String(on));
  }
}

/** Put away before the tiles are, so that it is not lost with them. */
export function away() {
  if (!tools) return;
  tools.hidden = true;
  page.append(tools);
}
