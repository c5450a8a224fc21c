// Ticks of the basket: all, none, and how many there are.

const ticks = [...document.querySelectorAll('input[name="choice"]')];
const said = document.getElementById("ticked");
const button = document.querySelector("#sheet .button");

function count() {
  const on = ticks.filter((tick) => tick.checked).length;
  said.textContent = `${on} of ${ticks.length} ticked`;
  button.disabled = on === 0;
}

for (const [id, checked] of [["all", true], ["none", false]]) {
  const every = document.getElementById(id);
  every?.addEventListener("click", () => {
    for (const tick of ticks) tick.checked = checked;
    count();
  });
  if (every) every.hidden = false;
}
if (said) {
  for (const tick of ticks) tick.addEventListener("change", count);
  count();
}
document.documentElement.dataset.ready = "";
