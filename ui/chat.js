// Keeps the newest part of the conversation in view, and notes which one it is for when the page is loaded again.
// A running turn is followed to its end unless the reader has scrolled away; a finished one is shown from its question.
// On a phone the window scrolls, on a wide screen the conversation does: both are measured by where `now` ends.
const KEPT = "cited-conversation";
const now = document.getElementById("now");
const foot = document.getElementById("foot");

let turns = 0;
let running = false;
let answering = false;
let following = true;
document.addEventListener("scroll", () => {
  following = now.getBoundingClientRect().bottom < foot.getBoundingClientRect().top + 80;
}, true);
new MutationObserver(() => {
  const finished = element.querySelectorAll(".turn");
  const current = now.querySelector(".turn");
  const isAnswering = Boolean(current?.querySelector(".status"));  // a turn that was stopped stays there, too
  if (isAnswering && !answering) empty(current.querySelector(".question").textContent);
  answering = isAnswering;
  following ||= Boolean(current) && !running;
  if (following && finished.length > turns) {
    finished[finished.length - 1].scrollIntoView({block: "start"});
  } else if (following && current) {
    current.scrollIntoView({block: "end"});
  }
  turns = finished.length;
  running = Boolean(current);
}).observe(document.getElementById("scroll"), {childList: true, subtree: true, characterData: true});

// The box is emptied of the question that is being answered, not of what was typed since.
function empty(question) {
  const box = document.querySelector("#box textarea");
  if (box?.value.trim() !== question.trim()) return;
  box.value = "";
  box.dispatchEvent(new Event("input", {bubbles: true}));
}

watch("value", () => {
  const name = element.querySelector("[data-conversation]")?.dataset.conversation;
  if (name) sessionStorage.setItem(KEPT, name);
  else sessionStorage.removeItem(KEPT);
});
