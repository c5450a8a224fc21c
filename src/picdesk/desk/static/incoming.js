// A story or a picture is dropped or pasted.

import { alarm, say, send, Trouble } from "./said.js";

const drop = document.getElementById("drop");
const start = document.getElementById("start");

export function listen() {
  let inside = 0;
  addEventListener("dragenter", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    inside += 1;
    drop.hidden = false;
  });
  addEventListener("dragleave", () => {
    inside = Math.max(0, inside - 1);
    drop.hidden = inside === 0;
  });
  addEventListener("dragover", (event) => event.dataTransfer.types.includes("Files") && event.preventDefault());
  addEventListener("drop", (event) => {
    inside = 0;
    drop.hidden = true;
    const file = event.dataTransfer.files[0];
    if (!file) return;
    event.preventDefault();
    take({ file });
  });
  addEventListener("paste", (event) => {
    const file = event.clipboardData?.files[0];
    if (!file) return;
    event.preventDefault();
    take({ file });
  });
  start?.addEventListener("submit", (event) => {
    event.preventDefault();
    take(Object.fromEntries(new FormData(start)));
  });
  start?.file.addEventListener("change", () => start.file.files.length && start.requestSubmit());
  start?.what.addEventListener("keydown", (event) => {
    const send = event.key === "Enter" && !event.shiftKey && (event.ctrlKey || event.metaKey || !start.what.value.trim().includes("\n"));
    if (!send || event.isComposing) return;
    event.preventDefault();
    start.requestSubmit();
  });
}

async function take(fields) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  say("Reading the story.");
  try {
    const response = await send("/story", body, "", "Still reading the story.");
    location.assign(response.url);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    alarm(error.message);
  }
}
