import { heat, heatLegend } from "../charts/heat";
import type { Library } from "../data/library";
import type { Selected } from "../data/selection";
import type { Trajectory } from "../data/report";
import { count, measure, short, shortName } from "../format";
import { cellSelectors, segmented, type Choice } from "../ui/controls";
import { drawToWidth, html, svg } from "../ui/dom";
import { figure } from "../ui/figure";
import { nameOf } from "../ui/name";
import { hideTooltip, showTooltip, tooltipTable } from "../ui/tooltip";
import type { PanelContext } from "./panels";

type Kind = "edge" | "node";

const kinds: readonly Choice<Kind>[] = [
  { value: "edge", label: "Edges" },
  { value: "node", label: "Nodes" },
];

const largest = 600;
const largestCell = 64;
const labelRoom = 58;
const labelHeight = 15;
/** A thumbnail with more cells than this a side shows every k-th checkpoint. */
const thumbnailCells = 24;
const thumbnail = 76;

/** Overlap of every checkpoint's circuit with every other's. */
export function overlapPanel({ library, selection }: PanelContext): HTMLElement {
  const matrix = html("div", { class: "matrix" });
  const overview = html("div", { class: "overview" });
  let kind: Kind = "edge";
  let width = 0;
  const draw = (): void => {
    overview.replaceChildren(thumbnails(library, kind, selection.current, (change) => selection.select(change)));
    if (width > 0) {
      matrix.replaceChildren(matrixOf(library, selection.current, kind, Math.min(width, largest)));
    }
  };
  selection.watch(draw);
  drawToWidth(matrix, (next) => {
    width = next;
    draw();
  });
  return figure({
    id: "overlap",
    title: "Which checkpoints share a circuit",
    lead: "Jaccard similarity of the circuits of any two checkpoints. A block along the diagonal is a time in which the circuit stays; a sharp corner is a change.",
    controls: [
      ...cellSelectors(library, selection),
      segmented("Compare", kinds, kind, (next) => {
        kind = next;
        draw();
      }),
    ],
    legend: heatLegend("Jaccard", "0", "1"),
    body: html("div", { class: "beside" }, matrix, overview),
    caption: "Hatched: no task yet at that checkpoint, and no circuit.",
  });
}

function overlapOf(trajectory: Trajectory, kind: Kind, row: number, column: number): number | null {
  return (kind === "edge" ? trajectory.edgeOverlap : trajectory.nodeOverlap)[row]?.[column] ?? null;
}

function matrixOf(library: Library, { model, task }: Selected, kind: Kind, width: number): Element {
  const trajectory = library.trajectory(model, task);
  const title = `${model}, ${library.task(task)?.title ?? task}`;
  if (!trajectory || trajectory.steps.length === 0) {
    return html("p", { class: "empty" }, `No circuits to compare for ${title}.`);
  }
  const { steps, tokens } = trajectory;
  const cell = Math.min(largestCell, (width - labelRoom) / steps.length);
  const size = cell * steps.length;
  // Few cells stand apart; many touch, and overlap a little so that no seam shows.
  const extent = steps.length <= 40 ? cell - 1 : cell + 0.2;
  const every = Math.ceil(labelHeight / cell);
  const everyColumn = Math.ceil(34 / cell);
  const marks: Element[] = [];
  steps.forEach((_, row) =>
    steps.forEach((_, column) => {
      const value = overlapOf(trajectory, kind, row, column);
      marks.push(
        svg("rect", {
          x: (column * cell).toFixed(2),
          y: (row * cell).toFixed(2),
          width: extent.toFixed(2),
          height: extent.toFixed(2),
          style: { fill: value === null ? "url(#hatch)" : heat(value) },
        }),
      );
    }),
  );
  const outline = svg("rect", { class: "aim", width: cell, height: cell, visibility: "hidden" });
  const cells = svg("g", { class: "cells" }, ...marks, outline);
  const drawing = svg(
    "svg",
    { width, height: size + 40, viewBox: `${-labelRoom} 0 ${width} ${size + 40}`, role: "img", "aria-label": `Overlap matrix of ${title}: ${steps.length} by ${steps.length} checkpoints` },
    cells,
    ...steps.flatMap((step, i) =>
      (steps.length - 1 - i) % every === 0 ? [svg("text", { x: -6, y: (i + 0.5) * cell, dy: "0.32em", "text-anchor": "end" }, count(step))] : [],
    ),
    ...steps.flatMap((step, i) =>
      (steps.length - 1 - i) % everyColumn === 0 ? [svg("text", { x: (i + 0.5) * cell, y: size + 15, "text-anchor": "middle" }, short(step))] : [],
    ),
    svg("text", { class: "axis", x: size / 2, y: size + 34, "text-anchor": "middle" }, "training step"),
  );
  cells.addEventListener("pointermove", (event) => {
    const box = cells.getBoundingClientRect();
    const at = (offset: number, extent: number): number => Math.min(steps.length - 1, Math.max(0, Math.floor((offset / extent) * steps.length)));
    const column = at(event.clientX - box.left, box.width);
    const row = at(event.clientY - box.top, box.height);
    outline.setAttribute("x", String(column * cell));
    outline.setAttribute("y", String(row * cell));
    outline.setAttribute("visibility", "visible");
    const value = overlapOf(trajectory, kind, row, column);
    showTooltip(
      tooltipTable(`Step ${count(steps[row])} and step ${count(steps[column])}`, [
        [`${kind}s in common`, value === null ? "no circuit" : measure(value)],
        ...(library.report.tokensKnown === "unknown" ? [] : [["tokens", `${short(tokens[row])} and ${short(tokens[column])}`] as const]),
      ]),
      event.clientX,
      event.clientY,
    );
  });
  cells.addEventListener("pointerleave", () => {
    outline.setAttribute("visibility", "hidden");
    hideTooltip();
  });
  return drawing;
}

/** All matrices in small: what differs between models and tasks is seen at once, and a click shows it in large. */
function thumbnails(library: Library, kind: Kind, selected: Selected, select: (change: Partial<Selected>) => void): HTMLElement {
  return html(
    "table",
    { class: "thumbnails" },
    html("thead", {}, html("tr", {}, html("td", {}), ...library.models.map(({ name }) => html("th", { scope: "col", title: name }, shortName(name))))),
    html(
      "tbody",
      {},
      ...library.tasks.map(({ name: task, title }) =>
        html(
          "tr",
          {},
          html("th", { scope: "row" }, nameOf(title)),
          ...library.models.map(({ name: model }) => {
            const trajectory = library.trajectory(model, task);
            const pressed = model === selected.model && task === selected.task;
            return html(
              "td",
              {},
              trajectory
                ? html(
                    "button",
                    { type: "button", "aria-pressed": String(pressed), "aria-label": `Show ${model}, ${title}`, onclick: () => select({ model, task }) },
                    small(trajectory, kind),
                  )
                : null,
            );
          }),
        ),
      ),
    ),
  );
}

function small(trajectory: Trajectory, kind: Kind): SVGSVGElement {
  const every = Math.ceil(trajectory.steps.length / thumbnailCells);
  const picked = trajectory.steps.map((_, i) => i).filter((i) => (trajectory.steps.length - 1 - i) % every === 0);
  const marks: Element[] = [];
  picked.forEach((row, y) =>
    picked.forEach((column, x) => {
      const value = overlapOf(trajectory, kind, row, column);
      if (value !== null) {
        marks.push(svg("rect", { x, y, width: 1.03, height: 1.03, style: { fill: heat(value) } }));
      }
    }),
  );
  return svg("svg", { width: thumbnail, height: thumbnail, viewBox: `0 0 ${picked.length} ${picked.length}`, "aria-hidden": "true" }, ...marks);
}
