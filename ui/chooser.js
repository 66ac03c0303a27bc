// Tells the server what stands in the fields for choosing articles whenever that changes, and remembers it for as long as
// the window is open. `window.citedWanted` gives it to every question, which may be quicker than what is told here.
const WANTED = "cited-wanted";
const panel = document.getElementById("panel");
const choices = document.getElementById("choices");
const form = () => document.getElementById("choosing");
const TYPING = 200, PICKING = 250;  // milliseconds without another change
const ticked = new Set();  // whether or not they are listed at the moment
const version_of = (held) => Number(held?.dataset.version ?? 0);
let version, filled = version_of(form());
const waiting = {};
let unfinished = false;

// A day of which only a part was typed has no value; "…" stands for it (`ui/scope.py`).
function day(input) {
  return input.validity.valid ? input.value : "…";
}

window.citedWanted = () => {
  if (!form()) return sessionStorage.getItem(WANTED) ?? "";  // the page is just being loaded
  const {since, until, find} = form().elements;
  const at = performance.timeOrigin + performance.now();  // by which the server knows what is newer
  return JSON.stringify({at, since: day(since), until: day(until), find: find.value, sources: [...ticked]});
};

function remember() {
  const wanted = window.citedWanted();
  if (!wanted.includes('"…"')) sessionStorage.setItem(WANTED, wanted);
}

function tell(why, after) {
  clearTimeout(waiting[why]);
  waiting[why] = setTimeout(() => {
    remember();
    trigger("click", {why, wanted: window.citedWanted()});
  }, after);
}

panel.addEventListener("input", ({target}) => {
  if (target.name === "find") tell("found", TYPING);
});
panel.addEventListener("change", ({target}) => {
  if (target.type === "checkbox") ticked[target.checked ? "add" : "delete"](target.value);
  if (target.name !== "find" && target.validity.valid) tell("chosen", PICKING);  // else it is still being typed
});
panel.addEventListener("focusout", ({target}) => {
  if (target.type !== "date") return;
  if (unfinished || !target.validity.valid) tell("chosen", 0);
  unfinished = !target.validity.valid;
});
panel.addEventListener("submit", (event) => {
  event.preventDefault();
  tell("entered", 0);
});
document.addEventListener("click", ({target}) => {  // all articles again: what is still to be told is told no more
  if (target.closest?.(".all")) Object.values(waiting).forEach(clearTimeout);
}, true);
watch("value", () => {
  if (version_of(form()) <= filled) return;  // the same, or an answer that comes late
  const anew = filled > 0;  // fields that only just came may have been typed in before this is called
  filled = version_of(form());
  if (anew) form()?.reset();  // to what the server filled in, whatever was typed before
  remember();
});
// Gradio changes rows into other rows, which would keep their ticks.
new MutationObserver(() => {
  const listed = [...choices.querySelectorAll("input")];
  const current = choices.querySelector("[data-version]")?.dataset.version;
  if (current !== version) {
    version = current;
    ticked.clear();
    for (const box of listed) if (box.defaultChecked) ticked.add(box.value);
  }
  for (const box of listed) box.checked = ticked.has(box.value);
  choices.scrollTop = 0;
  remember();
}).observe(choices, {childList: true, subtree: true, attributes: true});
