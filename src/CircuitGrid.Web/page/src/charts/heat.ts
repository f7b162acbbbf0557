import { html } from "../ui/dom";

const stops = 6;

/**
 * The fill of a value from 0 to 1 on the page's ramp. The ramp's stops are the theme's own, mixed by the browser, so that a
 * change of theme repaints every cell by itself. Lightness runs one way along it, which any kind of colour vision can follow.
 */
export function heat(value: number): string {
  const place = Math.min(1, Math.max(0, value)) * (stops - 1);
  const lower = Math.min(stops - 2, Math.floor(place));
  return `color-mix(in oklab, var(--heat-${lower + 1}), var(--heat-${lower}) ${Math.round((lower + 1 - place) * 100)}%)`;
}

/** The ramp with the values at its ends. */
export function heatLegend(label: string, low: string, high: string): HTMLElement {
  return html(
    "span",
    { class: "ramp" },
    html("span", {}, label),
    html("span", { class: "ends" }, low),
    html("span", { class: "gradient", role: "img", "aria-label": `colour from ${low} to ${high}` }),
    html("span", { class: "ends" }, high),
  );
}
