// Buttons and forms say what they do in data-do; the server gets that with their other data. `element` and `trigger`
// come from gr.HTML. What asks a question is a "submit", everything else a "click".
element.addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.copy !== undefined) {
    await copied(button.dataset.copy);
    for_a_while(button, "Copied");
  } else if (button.dataset.sure && !button.dataset.asked) {
    button.dataset.asked = "yes";
    const label = button.textContent;
    button.textContent = button.dataset.sure + "?";
    button.addEventListener("blur", () => { button.textContent = label; delete button.dataset.asked; }, {once: true});
  } else if (button.dataset.do) {
    if (["open", "article", "passage"].includes(button.dataset.do)) {
      for (const open of document.querySelectorAll(".opened")) open.classList.remove("opened");
      button.classList.add("opened");
    }
    const asks = ["suggestion", "retry"].includes(button.dataset.do);
    trigger(asks ? "submit" : "click", {...button.dataset});
  }
});

element.addEventListener("submit", (event) => {
  event.preventDefault();
  trigger("click", {...event.target.dataset, ...Object.fromEntries(new FormData(event.target))});
});

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {  // no permission, or a page that did not come over HTTPS
    const box = document.createElement("textarea");
    box.value = text;
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
  }
}

function for_a_while(button, label) {
  const before = button.dataset.label ??= button.textContent;
  button.textContent = label;
  setTimeout(() => { button.textContent = before; }, 1500);
}
