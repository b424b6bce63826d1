/* The records' landmarks, which Unfold's pages lack: where the content is, and names that tell its regions apart. */

window.addEventListener("load", () => {
  document.getElementById("main")?.setAttribute("role", "main");
  const sidebar = document.getElementById("nav-sidebar-apps") ?? document.querySelector("#page > :first-child");
  if (sidebar && sidebar.id !== "main") {
    sidebar.setAttribute("role", "navigation");
    sidebar.setAttribute("aria-label", "Records");
  }
  document.querySelectorAll(".simplebar-content-wrapper[role='region']").forEach((region, at) => {
    region.setAttribute("aria-label", at === 0 ? "List of records" : `Scrollable content ${at + 1}`);
  });
});

/* Unfold looks at the system's theme once; this follows it, where nobody chose another. */

const dark = window.matchMedia("(prefers-color-scheme: dark)");
dark.addEventListener("change", () => {
  if ([null, '"auto"'].includes(localStorage.getItem("_x_adminTheme"))) {
    document.documentElement.classList.toggle("dark", dark.matches);
  }
});
