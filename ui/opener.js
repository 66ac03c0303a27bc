// Opens and shuts the choice of articles, and keeps the keyboard where the reader is.
const panel = document.getElementById("panel");
const opener = () => element.querySelector(".opener");

function show(open) {
  panel.toggleAttribute("data-shown", open);
  opener().setAttribute("aria-expanded", open);
}

element.setAttribute("aria-live", "polite");  // it stays when what it holds is replaced
element.addEventListener("click", (event) => {
  if (event.target.closest(".opener")) show(!panel.hasAttribute("data-shown"));
});
panel.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  show(false);
  opener().focus();
});
watch("value", () => {
  show(panel.hasAttribute("data-shown"));
  if (document.activeElement === document.body && element.dataset.left) opener().focus();
});
element.addEventListener("focusin", ({target}) => { element.dataset.left = target.matches(".all") ? "yes" : ""; });
