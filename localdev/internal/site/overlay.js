const errors = ERRORS;
console.error(errors);
const panel = document.createElement("pre");
panel.setAttribute("role", "alert");
panel.dataset.localdev = "bundling-error";
// Set through the style object: a page's content security policy may forbid style attributes.
Object.assign(panel.style, {
  position: "fixed", inset: "0", margin: "0", padding: "clamp(16px, 5vw, 64px)", overflow: "auto", zIndex: "2147483647",
  background: "#1c1917", color: "#fafaf9", font: "15px/1.6 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace",
  whiteSpace: "pre-wrap", overflowWrap: "anywhere",
});
const title = document.createElement("strong");
title.textContent = "This page could not be bundled\n\n";
title.style.color = "#fca5a5";
panel.append(title, errors, "\n\nReload when it is fixed.");
document.body.append(panel);
