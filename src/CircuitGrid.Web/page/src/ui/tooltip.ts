import { html } from "./dom";
import { nameOf } from "./name";

const gap = 14;

let box: HTMLElement | undefined;

/** Shows content beside a point of the window, on whichever side there is room. */
export function showTooltip(content: Node, x: number, y: number): void {
  box ??= document.body.appendChild(html("div", { class: "tooltip", role: "status" }));
  box.replaceChildren(content);
  box.hidden = false;
  const { width, height } = box.getBoundingClientRect();
  const left = x + gap + width > innerWidth ? x - gap - width : x + gap;
  const top = y + gap + height > innerHeight ? y - gap - height : y + gap;
  box.style.left = `${Math.max(4, left)}px`;
  box.style.top = `${Math.max(4, top)}px`;
}

export function hideTooltip(): void {
  if (box) {
    box.hidden = true;
  }
}

/** A heading and lines of label and value. */
export function tooltipTable(heading: string, rows: readonly (readonly [label: Node | string, value: string])[], note?: string): HTMLElement {
  return html(
    "div",
    {},
    html("strong", {}, heading),
    html("table", {}, html("tbody", {}, ...rows.map(([label, value]) => html("tr", {}, html("th", { scope: "row" }, typeof label === "string" ? nameOf(label) : label), html("td", {}, value))))),
    note ? html("p", {}, note) : null,
  );
}
