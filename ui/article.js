// Brings the cited sentence into view and hands it the keyboard; the back button returns to where the reader came from.
watch("value", () => {
  const mark = element.querySelector("mark") ?? element.querySelector("article, .failure");
  if (!mark) return;
  mark.scrollIntoView({block: "center"});
  mark.focus({preventScroll: true});
});

element.addEventListener("click", (event) => {
  if (!event.target.closest("[data-back]")) return;
  const origin = document.querySelector("#past .opened") ?? document.querySelector("#box textarea");
  origin.scrollIntoView({block: "center"});
  origin.focus({preventScroll: true});
});
