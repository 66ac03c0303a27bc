// Filters, opens and closes the failures of a report. Without it they are all there, to be opened one by one.
const form = document.querySelector(".controls");
const cards = [...document.querySelectorAll(".card")];

function filter() {
  const { stage, kind, find } = form.elements;
  const wanted = find.value.trim().toLowerCase();
  for (const card of cards) {
    card.hidden = (stage.value && card.dataset.stage !== stage.value) || (kind.value && card.dataset.kind !== kind.value)
      || !card.textContent.toLowerCase().includes(wanted);
  }
  form.querySelector("output").textContent = `${cards.filter((card) => !card.hidden).length} of ${cards.length}`;
}

function openNamed() {
  const named = document.getElementById(location.hash.slice(1));
  if (named instanceof HTMLDetailsElement) named.open = true;
}

if (form) {
  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) for (const card of cards) if (!card.hidden) card.open = "open" in button.dataset;
  });
  // A browser that goes back may remember what was chosen.
  filter();
}
// In the frame of a page a name leads to that page.
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#"]');
  const named = link && location.protocol === "about:" && document.getElementById(link.hash.slice(1));
  if (!named) return;
  event.preventDefault();
  if (named instanceof HTMLDetailsElement) named.open = true;
  named.scrollIntoView();
});
addEventListener("hashchange", openNamed);
openNamed();
