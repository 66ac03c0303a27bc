// Clicks in the conversation, and keeping its newest part in view. `element` and `trigger` come from gr.HTML.
element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const {turn, citation, passage, example} = button.dataset;
  if (example !== undefined) {
    trigger("submit", {example: Number(example)});
  } else if (turn !== undefined) {
    for (const open of document.querySelectorAll("#past .opened")) open.classList.remove("opened");
    button.classList.add("opened");
    const place = citation === undefined ? {passage: Number(passage)} : {citation: Number(citation)};
    trigger("click", {turn: Number(turn), ...place});
  }
});

// A running turn is followed to its end unless the reader has scrolled away; a finished one is shown from its question.
// On a phone the window scrolls, on a wide screen the conversation does: both are measured by where `now` ends.
const now = document.getElementById("now");
const composer = document.getElementById("composer");
let turns = 0;
let running = false;
let following = true;
document.addEventListener("scroll", () => {
  following = now.getBoundingClientRect().bottom < composer.getBoundingClientRect().top + 80;
}, true);
new MutationObserver(() => {
  const finished = element.querySelectorAll(".turn");
  const current = now.querySelector(".turn");
  following ||= Boolean(current) && !running;
  if (following && finished.length > turns) {
    finished[finished.length - 1].scrollIntoView({block: "start"});
  } else if (following && current) {
    current.scrollIntoView({block: "end"});
  }
  turns = finished.length;
  running = Boolean(current);
}).observe(document.getElementById("scroll"), {childList: true, subtree: true, characterData: true});
