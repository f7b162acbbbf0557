import { html } from "./dom";
import { nameOf } from "./name";

/** What lies behind a figure, for those who want the numbers or can't see the marks. */
export interface DataTable {
  readonly columns: readonly string[];
  readonly rows: () => readonly (readonly string[])[];
}

export interface FigureParts {
  /** Short name, also of its anchor. */
  readonly id: string;
  readonly title: string;
  /** One or two sentences: what is seen and how to read it. */
  readonly lead: string | readonly (Node | string)[];
  readonly controls?: readonly Node[];
  readonly legend?: Node;
  readonly body: Node;
  readonly caption?: string | readonly (Node | string)[];
  readonly data?: DataTable;
}

function nodes(content: string | readonly (Node | string)[]): (Node | string)[] {
  return typeof content === "string" ? [content] : [...content];
}

/** A section of the page: heading, how to read it, controls, drawing, caption and the numbers on request. */
export function figure({ id, title, lead, controls, legend, body, caption, data }: FigureParts): HTMLElement {
  return html(
    "section",
    { id, "data-panel": id, "aria-labelledby": `${id}-title` },
    html("h2", { id: `${id}-title` }, title),
    html("p", { class: "lead" }, ...nodes(lead)),
    controls || legend ? html("div", { class: "bar" }, ...(controls ?? []), legend ?? null) : null,
    body,
    caption ? html("p", { class: "caption" }, ...nodes(caption)) : null,
    data ? dataDetails(title, data) : null,
  );
}

/** The table is made when it is first opened: over a large grid it has thousands of rows. */
function dataDetails(title: string, { columns, rows }: DataTable): HTMLElement {
  const details = html("details", { class: "data" }, html("summary", {}, "Numbers behind this figure"));
  details.addEventListener(
    "toggle",
    () => {
      details.append(
        html(
          "div",
          { class: "scroll", tabindex: 0, role: "region", "aria-label": `${title}: numbers` },
          html(
            "table",
            { class: "numbers" },
            html("thead", {}, html("tr", {}, ...columns.map((column) => html("th", { scope: "col" }, column)))),
            html("tbody", {}, ...rows().map((row) => html("tr", {}, ...row.map((value) => html("td", {}, nameOf(value)))))),
          ),
        ),
      );
    },
    { once: true },
  );
  return details;
}
