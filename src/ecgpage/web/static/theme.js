// Before anything is drawn: the theme that the reader chose here last.
try {
  const kept = localStorage.getItem("ecgpage.theme");
  if (kept === "dark" || kept === "light") document.documentElement.dataset.theme = kept;
} catch {
  // A browser that keeps nothing follows the system's theme.
}
