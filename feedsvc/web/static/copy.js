// Buttons that copy a feed's address. Without this script they stay hidden, and links do.
"use strict";
for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard) break; // only https and localhost may write to the clipboard
  button.hidden = false;
  const label = button.firstChild;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      label.data = "Copied";
    } catch {
      label.data = "Not allowed";
    }
    setTimeout(() => { label.data = "Copy"; }, 1600);
  });
}
