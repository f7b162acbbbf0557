import { heat, heatLegend } from "../charts/heat";
import type { Library } from "../data/library";
import type { Cell, Task } from "../data/report";
import type { Selected, Selection } from "../data/selection";
import { besideStep } from "../data/time";
import { count, interval, measure, percent, short, shortName } from "../format";
import { chooser } from "../ui/controls";
import { drawToWidth, html, svg } from "../ui/dom";
import { figure } from "../ui/figure";
import { hideTooltip, showTooltip, tooltipTable } from "../ui/tooltip";
import { stateText } from "./metric";
import type { PanelContext } from "./panels";

type Shown = "accuracy" | "metric" | "edgeShare" | "edges" | "faithfulnessJudged" | "normalizedJudged" | "seconds";

interface Quantity {
  readonly value: Shown;
  readonly label: string;
  readonly format: (value: number | null) => string;
  /** Top of the colour ramp; the largest value of the task where none is given. */
  readonly top?: number;
  /** Only circuits have it. */
  readonly ofCircuit: boolean;
}

const quantities: readonly Quantity[] = [
  { value: "accuracy", label: "Accuracy", format: percent, top: 1, ofCircuit: false },
  { value: "metric", label: "Task metric", format: measure, ofCircuit: false },
  { value: "edges", label: "Edges in the circuit", format: count, ofCircuit: true },
  { value: "edgeShare", label: "Share of all edges", format: percent, ofCircuit: true },
  { value: "faithfulnessJudged", label: "Faithfulness, held out", format: measure, top: 1, ofCircuit: true },
  { value: "normalizedJudged", label: "Normalised faithfulness, held out", format: measure, top: 1, ofCircuit: true },
  { value: "seconds", label: "Seconds spent", format: measure, ofCircuit: false },
];

const labelWidth = 112;
const rowHeight = 22;

/** Every cell of the grid at a glance; a click shows its circuit. */
export function mapPanel({ library, selection }: PanelContext): HTMLElement {
  const body = html("div", { class: "map" });
  const ramp = html("span", { class: "holder" });
  let quantity = quantities[0]!;
  let width = 0;
  const draw = (): void => {
    if (width === 0) {
      return;
    }
    body.replaceChildren(...library.tasks.map((task) => block(library, selection, task, quantity, width)));
    ramp.replaceChildren(heatLegend(quantity.label, "0", quantity.top === undefined ? "largest of the task" : quantity.format(quantity.top)));
    mark(body, selection.current);
  };
  drawToWidth(body, (next) => {
    width = next;
    draw();
  });
  selection.watch((selected) => mark(body, selected));
  return figure({
    id: "map",
    title: "The whole grid",
    lead: "Models × checkpoints × tasks: one cell is one analysis. Choose a cell to see its circuit.",
    controls: [
      chooser("Colour", "quantity", quantities, quantity.value, (value) => {
        quantity = quantities.find((entry) => entry.value === value)!;
        draw();
      }),
    ],
    legend: html("div", { class: "maplegend" }, ramp, key("not-reached", `${percent(library.threshold)} not reached`), key("no-task", "no task yet")),
    body,
    data: {
      columns: ["model", "step", "task", "status", "metric [95% interval]", "accuracy", "edges", "nodes", "faithfulness found", "judged", "normalised found", "judged", "budget", "seconds"],
      rows: () =>
        library.report.cells.map((cell) => [
          cell.model,
          count(cell.step),
          cell.task,
          cell.status,
          interval(cell.metric, cell.metricLow, cell.metricHigh),
          percent(cell.accuracy),
          count(cell.edges),
          count(cell.nodes),
          measure(cell.faithfulnessFound),
          measure(cell.faithfulnessJudged),
          measure(cell.normalizedFound),
          measure(cell.normalizedJudged),
          count(cell.budget),
          measure(cell.seconds),
        ]),
    },
  });
}

function key(status: "not-reached" | "no-task", meaning: string): HTMLElement {
  return html("span", { class: "key" }, svg("svg", { width: 16, height: 16, "aria-hidden": "true" }, tile({ x: 0, y: 0, width: 16, height: 16 }, status, "var(--heat-2)")), meaning);
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A cell's look: filled; with a notch where the share wasn't reached; hatched where there is no task. */
function tile(box: Box, status: Cell["status"], fill: string): SVGGElement {
  const { x, y, width, height } = box;
  const notch = Math.min(width, 9);
  return svg(
    "g",
    { class: "tile" },
    svg("rect", { x: x + 0.75, y: y + 0.75, width: Math.max(1, width - 1.5), height: height - 1.5, rx: Math.min(2, width / 4), style: { fill } }),
    status === "no-task" ? svg("rect", { x: x + 0.75, y: y + 0.75, width: Math.max(1, width - 1.5), height: height - 1.5, rx: 2, class: "veil" }) : null,
    status === "not-reached" ? svg("path", { class: "notch", d: `M${x + width - notch},${y}h${notch}v${notch}z` }) : null,
  );
}

function block(library: Library, selection: Selection, task: Task, quantity: Quantity, width: number): HTMLElement {
  const { steps, models } = library;
  const cell = Math.min(64, (width - labelWidth) / Math.max(1, steps.length));
  const values = library.report.cells.flatMap((entry) => (entry.task === task.name ? [entry[quantity.value] ?? 0] : []));
  const top = quantity.top ?? Math.max(...values, 1e-9);
  const every = Math.ceil(36 / cell);
  const height = models.length * rowHeight + 18;
  const tiles = models.flatMap(({ name }, row) =>
    steps.flatMap((step, column) => {
      const entry = library.cell(name, task.name, step);
      if (!entry) {
        return [];
      }
      const missing = entry[quantity.value] === null || (quantity.ofCircuit && entry.status === "no-task");
      const drawn = tile(
        { x: column * cell, y: row * rowHeight, width: cell, height: rowHeight },
        entry.status,
        missing ? "var(--surface)" : heat(entry[quantity.value]! / top),
      );
      drawn.dataset["model"] = name;
      drawn.dataset["task"] = task.name;
      drawn.dataset["step"] = String(step);
      drawn.dataset["status"] = entry.status;
      drawn.append(svg("rect", { class: "focus", x: column * cell, y: row * rowHeight, width: cell, height: rowHeight }));
      drawn.addEventListener("pointerenter", (event) => showTooltip(describe(library, entry), event.clientX, event.clientY));
      drawn.addEventListener("pointerleave", hideTooltip);
      drawn.addEventListener("click", () => {
        hideTooltip();
        selection.select({ model: name, task: task.name, step });
        document.getElementById("circuit")?.scrollIntoView();
      });
      return [drawn];
    }),
  );
  const drawing = svg(
    "svg",
    { width, height, viewBox: `${-labelWidth} 0 ${width} ${height}`, role: "group", tabindex: 0, "data-task": task.name, "aria-label": `${task.title}: models by checkpoints; arrow keys move, Enter shows the circuit` },
    ...models.map(({ name }, row) => svg("text", { x: -8, y: (row + 0.5) * rowHeight, dy: "0.32em", "text-anchor": "end" }, svg("title", {}, name), shortName(name))),
    ...tiles,
    ...steps.flatMap((step, i) =>
      (steps.length - 1 - i) % every === 0 ? [svg("text", { class: "step", x: (i + 0.5) * cell, y: models.length * rowHeight + 14, "text-anchor": "middle" }, short(step))] : [],
    ),
  );
  drawing.addEventListener("keydown", (event) => move(event, library, selection, task));
  return html("div", {}, html("h3", {}, task.title), drawing);
}

function move(event: KeyboardEvent, library: Library, selection: Selection, task: Task): void {
  const { model, step } = selection.current;
  const line = library.line(model, task.name).map((cell) => cell.step);
  const column = line.indexOf(step);
  const row = library.models.findIndex(({ name }) => name === model);
  const within = (index: number, length: number): number => Math.min(length - 1, Math.max(0, index));
  switch (event.key) {
    case "ArrowLeft":
    case "ArrowRight":
      selection.select({ task: task.name, step: line[within(column + (event.key === "ArrowLeft" ? -1 : 1), line.length)] ?? step });
      break;
    case "ArrowUp":
    case "ArrowDown":
      selection.select({ task: task.name, model: library.models[within(row + (event.key === "ArrowUp" ? -1 : 1), library.models.length)]!.name });
      break;
    case "Enter":
      selection.select({ task: task.name });
      document.getElementById("circuit")?.scrollIntoView();
      break;
    default:
      return;
  }
  event.preventDefault();
}

function mark(body: HTMLElement, { model, task, step }: Selected): void {
  body.querySelector(".tile.selected")?.classList.remove("selected");
  body.querySelector(`.tile[data-model="${CSS.escape(model)}"][data-task="${CSS.escape(task)}"][data-step="${step}"]`)?.classList.add("selected");
}

/** The checkpoint's tokens, or its step with earlier stages where that says more than its step. */
function timeRow({ report }: Library, { step, tokens }: Cell): [string, string][] {
  const beside = besideStep(report, step, tokens);
  return beside ? [["training", beside]] : [];
}

function describe(library: Library, cell: Cell): HTMLElement {
  const outcome = { reached: "circuit found", "not-reached": `${percent(library.threshold)} not reached: largest circuit tried`, "no-task": stateText(cell) }[cell.status];
  const rows: [string, string][] = [
    ["task", library.task(cell.task)?.title ?? cell.task],
    ...timeRow(library, cell),
    ["metric", interval(cell.metric, cell.metricLow, cell.metricHigh)],
    ["accuracy", percent(cell.accuracy)],
  ];
  if (cell.status !== "no-task") {
    rows.push(
      ["circuit", `${count(cell.edges)} edges (${percent(cell.edgeShare)}), ${count(cell.nodes)} nodes`],
      ["faithfulness", `${measure(cell.faithfulnessFound)} found, ${measure(cell.faithfulnessJudged)} judged`],
    );
  }
  return tooltipTable(`${cell.model} at step ${count(cell.step)}`, rows, outcome);
}
