// Which key does what; letters can be turned off (WCAG 2.1.4), and never count where something is typed.

const LETTERS = "picdesk-letters";
const TYPED = 'textarea, select, input:not([type="range"], [type="checkbox"], [type="radio"], [type="file"])';

export const lettersCount = () => localStorage.getItem(LETTERS) !== "off";

export function letLettersCount(on) {
  localStorage.setItem(LETTERS, on ? "on" : "off");
}

/** Call `act(key, event)` for each key that is a command; it says whether it was. */
export function listen(act) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    if (document.querySelector("dialog[open]")) return;
    const typing = event.target.matches?.(TYPED);
    if (typing && event.key !== "Escape") return;
    if (event.target.type === "range" && event.key !== "Escape" && event.key.length > 1) return;
    if (event.key.length === 1 && !lettersCount()) return;
    if (act(event.key, event)) event.preventDefault();
  });
}
