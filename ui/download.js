// Saves what the server sent as a file, without a request.
watch("value", () => {
  const file = element.querySelector("[data-file]");
  if (!file) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([file.dataset.content], {type: "text/plain;charset=utf-8"}));
  link.download = file.dataset.file;
  link.click();
  URL.revokeObjectURL(link.href);
});
