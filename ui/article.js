// Brings the cited sentence into view and hands it the keyboard; the back button returns to where the reader came from.
watch("value", () => {
  const mark = element.querySelector("mark.current") ?? element.querySelector("article, .failure");
  if (!mark) return;
  mark.scrollIntoView({block: mark.matches("mark") ? "center" : "start"});
  mark.focus({preventScroll: true});
  const {turn, number} = mark.dataset;
  if (number === undefined) return;
  for (const open of document.querySelectorAll("#past .opened")) open.classList.remove("opened");
  document.querySelector(`#past .cite[data-turn="${turn}"][data-citation="${number}"]`)?.classList.add("opened");
});

element.addEventListener("click", (event) => {
  if (!event.target.closest("[data-back]")) return;
  const seen = (place) => place && place.offsetParent !== null;
  const places = ["#past .opened", "#shelf .opened", "#box textarea", "#search textarea"];
  const origin = places.flatMap((place) => [...document.querySelectorAll(place)]).find(seen);
  origin?.scrollIntoView({block: "center"});
  origin?.focus({preventScroll: true});
});
