// What happens is said: to the server with its secret, to the reader as progress, a line, or an alert.

const progress = document.getElementById("progress");
const status = document.getElementById("status");
const toast = document.getElementById("toast");

const SOON = 150; // milliseconds after which waiting is shown
const LONG = 4000; // and after which it is said in words

export function say(text) {
  if (status) status.textContent = text;
}

/** An alert with one thing to do about it; it stays until something else happens. */
export function alarm(text, label, act) {
  if (!toast) return;
  const words = document.createElement("span");
  words.textContent = text;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label ?? "Close";
  button.addEventListener("click", () => {
    quiet();
    act?.();
  });
  toast.replaceChildren(words, button);
  toast.hidden = false;
}

export function quiet() {
  if (toast) toast.hidden = true;
}

/** What the server answered that is no success. */
export class Trouble extends Error {}

let waiting = 0;

async function shown(work, long) {
  waiting += 1;
  const soon = setTimeout(() => progress && (progress.hidden = false), SOON);
  const later = setTimeout(() => say(long), LONG);
  try {
    return await work();
  } finally {
    clearTimeout(soon);
    clearTimeout(later);
    waiting -= 1;
    if (waiting === 0 && progress) progress.hidden = true;
  }
}

/** Ask the desk; an answer without `wanted` (a selector) in it is trouble, in the words of the error's page. */
export async function part(address, name, wanted, options = {}) {
  const text = await answered(address, { ...options, headers: { Accept: "text/html", "X-Part": name } });
  const page = new DOMParser().parseFromString(text, "text/html"); // inert: our own template, with everything escaped
  if (!page.querySelector(wanted)) throw new Trouble(words(page));
  return page;
}

/** Post something to the desk. */
export function post(address, body, name) {
  const secret = document.querySelector('meta[name="csrf-token"]').content;
  const headers = { Accept: "text/html", "X-CSRF-Token": secret, ...(name && { "X-Part": name }) };
  // Who goes on to the next page at once has still chosen; files are too large for that.
  return fetch(address, { method: "POST", body, headers, keepalive: !(body instanceof FormData) });
}

/** The same, and it is shown how it goes. */
export async function send(address, body, name, long = "Still working.") {
  return shown(async () => {
    let response;
    try {
      response = await post(address, body, name);
    } catch {
      throw new Trouble("The desk cannot be reached.");
    }
    if (response.ok) return response;
    throw new Trouble(words(new DOMParser().parseFromString(await response.text(), "text/html")));
  }, long);
}

function answered(address, options) {
  return shown(async () => {
    try {
      const response = await fetch(address, options);
      return await response.text();
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Trouble("The desk cannot be reached.");
    }
  }, "Still searching.");
}

function words(page) {
  const lines = [...page.querySelectorAll("[data-trouble] > p:not(.hint), [role=alert]")].slice(0, 2);
  return lines.map((line) => line.textContent.trim()).filter((line) => line && line !== "To the first page").join(" ") || "The desk has made a mistake.";
}
