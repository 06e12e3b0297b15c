// Runs before the first paint, so that a chosen theme never flashes. A classic script on purpose.
try {
  const chosen = localStorage.getItem("shadower-theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // Storage is forbidden: the system's theme applies.
}
