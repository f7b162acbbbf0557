import { html } from "./dom";

type Theme = "light" | "dark";

const storageKey = "circuitgrid-theme";

function stored(): Theme | null {
  try {
    const value = localStorage.getItem(storageKey);
    return value === "light" || value === "dark" ? value : null;
  } catch {
    // A page opened from disk may have no storage: the system's theme is used then.
    return null;
  }
}

function apply(theme: Theme): void {
  document.documentElement.dataset["theme"] = theme;
}

/** A button that turns light into dark and back; until it is used the page follows the system. */
export function themeButton(): HTMLButtonElement {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const remembered = stored();
  if (remembered) {
    apply(remembered);
  }
  const shown = (): Theme => (document.documentElement.dataset["theme"] as Theme | undefined) ?? (system.matches ? "dark" : "light");
  const button = html("button", { type: "button", class: "theme", "data-control": "theme" });
  const label = (): void => {
    button.textContent = shown() === "dark" ? "Light" : "Dark";
    button.setAttribute("aria-label", `Use the ${shown() === "dark" ? "light" : "dark"} theme`);
  };
  button.addEventListener("click", () => {
    const next: Theme = shown() === "dark" ? "light" : "dark";
    apply(next);
    try {
      localStorage.setItem(storageKey, next);
    } catch {
      // Not remembered; the choice still holds for this visit.
    }
    label();
  });
  system.addEventListener("change", label);
  label();
  return button;
}
