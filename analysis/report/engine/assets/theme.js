// Set the theme before anything is drawn: the reader's choice, else the system's.
(() => {
  let choice = null;
  try {
    choice = localStorage.getItem("theme");
  } catch {
    // storage may be forbidden; the system's theme is used then
  }
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = choice ?? (dark ? "dark" : "light");
  document.documentElement.classList.add("js");
})();
