// The crop editor: the page's own sliders hold the crop; the box, the keys and the preview are other ways to see and set it.

const editor = JSON.parse(document.getElementById("editor").textContent);
const form = document.getElementById("crop");
const stage = document.getElementById("stage");
const whole = document.getElementById("whole");
const box = document.getElementById("box");
const said = document.getElementById("crop-said");
const trouble = document.getElementById("crop-trouble");
const done = document.getElementById("crop-done");
const enlargeLine = document.getElementById("enlarge-line");
const canvas = document.createElement("canvas");
const LARGEST_ZOOM = 8;

let slot = editor.slots.find((each) => each.name === form.elements.slot.value);

const number = (name) => Number(form.elements[name].value);
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

// Width, height, left and top as shares of the photo, as the desk reckons them.
function rectangle() {
  const width = slot.width / number("zoom");
  const height = slot.height / number("zoom");
  return {
    width,
    height,
    left: clamp(number("x") - width / 2, 0, 1 - width),
    top: clamp(number("y") - height / 2, 0, 1 - height),
  };
}

function set(x, y, zoom) {
  form.elements.zoom.value = clamp(zoom, 1, LARGEST_ZOOM);
  const width = slot.width / number("zoom");
  const height = slot.height / number("zoom");
  // The middle stays where the box can be, so that a step back after the edge moves at once.
  form.elements.x.value = clamp(x, width / 2, 1 - width / 2);
  form.elements.y.value = clamp(y, height / 2, 1 - height / 2);
  paint();
}

function pixels(part) {
  if (slot.size) return slot.size;
  const width = Math.max(1, Math.round(part.width * editor.width));
  return [width, Math.min(editor.height, Math.max(1, Math.round((width * slot.shape[1]) / slot.shape[0])))];
}

function enlarged(part) {
  if (!slot.size) return 1;
  return Math.max(1, slot.size[0] / (part.width * editor.width), slot.size[1] / (part.height * editor.height));
}

function cutFaces(part) {
  const inside = ([left, top, right, bottom]) =>
    left >= part.left && top >= part.top && right <= part.left + part.width && bottom <= part.top + part.height;
  return editor.faces.filter((face) => !inside(face)).length;
}

function paint() {
  const part = rectangle();
  for (const side of ["left", "top", "width", "height"]) box.style[side] = `${part[side] * 100}%`;
  const [width, height] = pixels(part);
  const times = enlarged(part);
  enlargeLine.toggleAttribute("data-needless", times <= 1.000001);
  const cut = cutFaces(part);
  said.textContent =
    `${slot.name}: ${width.toLocaleString("en")} x ${height.toLocaleString("en")} pixels` +
    (times > 1.000001 ? `, enlarged ${times.toFixed(2)} times` : "") +
    (cut ? `; ${cut === 1 ? "one face is" : `${cut} faces are`} cut or outside` : "");
  form.elements.x.setAttribute("aria-valuetext", `${Math.round(part.left * 100)} percent from the left`);
  form.elements.y.setAttribute("aria-valuetext", `${Math.round(part.top * 100)} percent from the top`);
  form.elements.zoom.setAttribute("aria-valuetext", `${number("zoom").toFixed(1)} times`);
  preview(part);
}

function preview(part) {
  if (!whole.complete || !whole.naturalWidth) return;
  const scale = 480 / Math.max(...slot.shape);
  canvas.width = Math.max(1, Math.round(slot.shape[0] * scale));
  canvas.height = Math.max(1, Math.round(slot.shape[1] * scale));
  canvas
    .getContext("2d")
    .drawImage(
      whole,
      part.left * whole.naturalWidth,
      part.top * whole.naturalHeight,
      part.width * whole.naturalWidth,
      part.height * whole.naturalHeight,
      0,
      0,
      canvas.width,
      canvas.height,
    );
}

function suggest() {
  set(slot.x, slot.y, 1);
}

document.getElementById("slots").addEventListener("change", (event) => {
  slot = editor.slots.find((each) => each.name === event.target.value);
  form.elements.slot.value = slot.name;
  suggest();
});

for (const name of ["x", "y", "zoom"]) form.elements[name].addEventListener("input", paint);

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

box.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const step = event.shiftKey ? 0.05 : 0.01;
  if (event.key in MOVES) {
    const [across, down] = MOVES[event.key];
    set(number("x") + across * step, number("y") + down * step, number("zoom"));
  } else if (event.key === "+" || event.key === "=") {
    set(number("x"), number("y"), number("zoom") * 1.1);
  } else if (event.key === "-" || event.key === "_") {
    set(number("x"), number("y"), number("zoom") / 1.1);
  } else if (event.key === "Home") {
    suggest();
  } else {
    return;
  }
  event.preventDefault();
});

let held = null;

stage.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  const area = stage.getBoundingClientRect();
  const at = { x: (event.clientX - area.left) / area.width, y: (event.clientY - area.top) / area.height };
  // A press beside the box brings it there; a press on it takes hold where it is.
  if (!box.contains(event.target)) set(at.x, at.y, number("zoom"));
  held = { x: number("x") - at.x, y: number("y") - at.y, area };
  stage.setPointerCapture(event.pointerId);
  box.focus({ preventScroll: true });
  event.preventDefault();
});

stage.addEventListener("pointermove", (event) => {
  if (!held) return;
  const { area } = held;
  const x = (event.clientX - area.left) / area.width + held.x;
  const y = (event.clientY - area.top) / area.height + held.y;
  set(x, y, number("zoom"));
});

for (const end of ["pointerup", "pointercancel"]) stage.addEventListener(end, () => (held = null));

stage.addEventListener(
  "wheel",
  (event) => {
    if (!event.ctrlKey && document.activeElement !== box) return;
    event.preventDefault();
    set(number("x"), number("y"), number("zoom") * (event.deltaY < 0 ? 1.1 : 1 / 1.1));
  },
  { passive: false },
);

// The file is fetched, so that what goes wrong is said here and the log of uses is up to date at once.
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = document.getElementById("download");
  button.disabled = true;
  trouble.hidden = done.hidden = true;
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "application/problem+json" },
    });
    if (!answer.ok) throw new Error(await problem(answer));
    const name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition"))?.[1] ?? "crop";
    save(await answer.blob(), name);
    const note = answer.headers.get("X-Note");
    done.textContent = `${name} is downloaded, and its use is logged.${note ? ` ${note}.` : ""}`;
    done.hidden = false;
    await uses();
  } catch (error) {
    trouble.textContent = error.message;
    trouble.hidden = false;
  } finally {
    button.disabled = false;
    button.focus();
  }
});

async function problem(answer) {
  const document = await answer.json().catch(() => ({}));
  return [document.title, document.detail ?? document.hint].filter(Boolean).join(" ") || `The desk answered ${answer.status}.`;
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

async function uses() {
  const answer = await fetch(`/api/v1/uses?photo=${editor.photo}&count=1`, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const [last] = (await answer.json()).uses;
  const line = document.createElement("li");
  line.textContent = `${last.said}, ${last.slot} `;
  const back = document.createElement("button");
  back.type = "button";
  back.className = "button-plain";
  back.textContent = "Take back";
  back.setAttribute("aria-label", `Take back: ${last.said}`);
  back.addEventListener("click", async () => {
    const token = document.querySelector('meta[name="csrf-token"]').content;
    const gone = await fetch(`/api/v1/uses/${last.id}`, { method: "DELETE", headers: { "X-CSRF-Token": token } });
    if (gone.ok) line.remove();
  });
  line.append(back);
  document.getElementById("uses").prepend(line);
  document.getElementById("never")?.remove();
}

canvas.setAttribute("role", "img");
canvas.setAttribute("aria-label", "Preview of the crop");
document.querySelector("#preview").replaceChildren(canvas);
whole.addEventListener("load", paint);
whole.draggable = false;
// As large as the window has room for, a small photo too: whoever crops looks closely.
stage.style.width = `min(100%, ${(72 * editor.width) / editor.height}vh)`;
box.hidden = false;
paint();
document.documentElement.dataset.ready = "";
