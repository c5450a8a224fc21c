// Keys for raters: the digit of an answer gives it, u takes the last one back, arrows go back and forward.

const press = (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    document.querySelector(`a[rel=${event.key === "ArrowLeft" ? "prev" : "next"}]`)?.click();
    return;
  }
  const button = [...document.querySelectorAll("button[data-key]")].find((one) => one.dataset.key === event.key);
  if (!button) return;
  event.preventDefault();
  button.focus();
  button.click();
};

document.addEventListener("keydown", press);
document.documentElement.dataset.ready = "";
// One answer a question: a second press while the next page is on its way would answer that one unseen.
for (const form of document.querySelectorAll("form[data-rate]")) {
  form.addEventListener("submit", () => document.removeEventListener("keydown", press));
}
