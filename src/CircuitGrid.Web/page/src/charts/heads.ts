import * as Plot from "@observablehq/plot";
import type { Library } from "../data/library";
import type { ModelRoles, Role } from "../data/role-report";
import { roleTitle } from "../data/roles";
import { axisTitle, besideStep } from "../data/time";
import { count, measure } from "../format";
import { html, svg } from "../ui/dom";
import { drawPlot } from "../ui/plot";
import { hideTooltip, showTooltip, tooltipTable } from "../ui/tooltip";
import { onsetRows, type OnsetRow } from "./onsets";
import type { TokenAxis } from "./tokens";

const margin = { top: 10, right: 46, bottom: 26, left: 34 } as const;
const labels = 4;
const labelRoom = 12;
/** Names of lower ones would lie over the axis. */
const labelledFrom = 0.1;
const told = 5;

/** h of layer l, as the graph names it. */
export function headName(index: number, heads: number): string {
  return `a${Math.floor(index / heads)}.h${index % heads}`;
}

/** All heads of a model in one role: a line each, those that have the role at some checkpoint brought out. */
export function headsChart(library: Library, model: ModelRoles, role: Role, heads: number, axis: TokenAxis, onsets: OnsetRow, width: number): HTMLElement {
  const having = new Set(role.heads.flat());
  const places = model.tokens.map((tokens) => axis.place(tokens));
  const all = Array.from({ length: Math.max(0, ...role.scores.map((scores) => scores.length)) }, (_, head) => head);
  const values = (head: number): (number | undefined)[] => role.scores.map((scores) => scores[head]);
  const highest = Math.max(1, ...role.scores.flat());
  const plot = drawPlot({
    width,
    height: 190,
    marginTop: margin.top,
    marginRight: margin.right,
    marginBottom: margin.bottom,
    marginLeft: margin.left,
    style: { background: "none", overflow: "visible" },
    x: { type: "log", domain: axis.domain, label: null },
    y: { domain: [0, highest], label: null },
    marks: [
      Plot.gridY({ stroke: "var(--rule)", strokeOpacity: 1, ticks: 4 }),
      Plot.axisY({ ticks: 4, tickSize: 0, fill: "var(--muted)" }),
      Plot.axisX({ ticks: axis.ticks(width - margin.left - margin.right), text: axis.label, tickSize: 4, stroke: "var(--faint)", fill: "var(--muted)" }),
      Plot.ruleY([0], { stroke: "var(--faint)" }),
    ],
  });
  const x = plot.scale("x")!;
  const y = plot.scale("y")!;
  const course = (head: number): string =>
    values(head)
      .map((value, t) => (value === undefined ? null : `${x.apply(places[t]!).toFixed(1)},${y.apply(Math.max(0, value)).toFixed(1)}`))
      .filter((point) => point !== null)
      .join("L");
  const { color } = library.look(model.model);
  const kindOf = (head: number): string => (headName(head, heads) === role.firstHead ? "first" : having.has(head) ? "having" : "other");
  const ordered = ["other", "having", "first"].flatMap((kind) => all.filter((head) => kindOf(head) === kind));
  plot.append(
    svg(
      "g",
      { class: "heads", style: { "--model": color } },
      svg("path", { class: "band", d: band(role, (t) => x.apply(places[t]!), (value) => y.apply(Math.min(highest, Math.max(0, value)))) }),
      ...ordered.map((head) => svg("path", { class: kindOf(head), "data-head": headName(head, heads), d: `M${course(head)}` })),
      ...endLabels(all.filter((head) => kindOf(head) !== "other" && (values(head).at(-1) ?? 0) >= labelledFrom), (head) => values(head).at(-1)!, (value) => y.apply(value)).map(({ head, place }) =>
        svg("text", { class: kindOf(head), x: width - margin.right + 5, y: place, dy: "0.32em", "text-anchor": "start" }, headName(head, heads)),
      ),
    ),
  );
  plot.setAttribute("role", "img");
  plot.setAttribute("aria-label", `${roleTitle(role.role)}: scores of ${all.length} heads of ${model.model} over ${axisTitle(library.report)}; ${having.size} have the role at some checkpoint${role.firstHead ? `, ${role.firstHead} is the circuit’s first` : ""}`);
  const holder = html(
    "div",
    { class: "chart", "data-role": role.role, tabindex: 0 },
    html("h3", {}, roleTitle(role.role), html("small", {}, role.firstHead ? `first: ${role.firstHead}` : "no first head")),
    onsetRows(library, [onsets], { axis, width, rowHeight: 9, margin: { left: margin.left, right: margin.right, top: 3, bottom: 0 } }),
    plot,
    html("p", { class: "axis" }, axisTitle(library.report)),
  );
  point(library, model, role, heads, all, axis, holder, plot);
  return holder;
}

/** The first head's intervals as closed areas, one for every run of checkpoints that have some. */
function band(role: Role, x: (t: number) => number, y: (value: number) => number): string {
  const intervals = role.scoreInterval ?? [];
  const runs: number[][] = [];
  intervals.forEach((interval, t) => {
    if (interval) {
      (intervals[t - 1] ? runs.at(-1)! : (runs[runs.length] = [])).push(t);
    }
  });
  const place = (t: number, value: number): string => `${x(t).toFixed(1)},${y(value).toFixed(1)}`;
  return runs.map((run) => `M${[...run.map((t) => place(t, intervals[t]!.high)), ...run.toReversed().map((t) => place(t, intervals[t]!.low))].join("L")}Z`).join("");
}

/** The highest lines' names at their ends, moved apart where they would overlap. */
function endLabels(candidates: readonly number[], last: (head: number) => number, place: (value: number) => number): { head: number; place: number }[] {
  const chosen = candidates.toSorted((a, b) => last(b) - last(a)).slice(0, labels);
  let free = -Infinity;
  return chosen.map((head) => {
    free = Math.max(free + labelRoom, place(last(head)));
    return { head, place: free };
  });
}

/** A checkpoint's highest heads beside the pointer, or by the arrow keys. */
function point({ report }: Library, { steps, tokens, model }: ModelRoles, role: Role, heads: number, all: readonly number[], axis: TokenAxis, holder: HTMLElement, plot: ReturnType<typeof Plot.plot>): void {
  const x = plot.scale("x")!;
  let current = steps.length - 1;
  const show = (clientX?: number, clientY?: number): void => {
    const beside = besideStep(report, steps[current]!, tokens[current]!);
    const scores = role.scores[current]!;
    const has = new Set(role.heads[current]);
    const highest = all.filter((head) => scores[head] !== undefined).toSorted((a, b) => scores[b]! - scores[a]!).slice(0, told);
    const box = plot.getBoundingClientRect();
    showTooltip(
      tooltipTable(
        `${model} at step ${count(steps[current])}${beside ? ` · ${beside}` : ""}`,
        highest.map((head) => [headName(head, heads), `${measure(scores[head])}${has.has(head) ? ", has the role" : ""}`]),
        `${count(has.size)} of ${count(all.length)} heads have it`,
      ),
      clientX ?? box.left + x.apply(axis.place(tokens[current]!)),
      clientY ?? box.top + margin.top,
    );
  };
  plot.addEventListener("pointermove", (event) => {
    const { clientX, clientY } = event as PointerEvent;
    const at = clientX - plot.getBoundingClientRect().left;
    const distance = (t: number): number => Math.abs(x.apply(axis.place(tokens[t]!)) - at);
    current = steps.reduce((best, _, t) => (distance(t) < distance(best) ? t : best), 0);
    show(clientX, clientY);
  });
  plot.addEventListener("pointerleave", hideTooltip);
  holder.addEventListener("blur", hideTooltip);
  holder.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (move) {
      event.preventDefault();
      current = Math.min(steps.length - 1, Math.max(0, current + move));
      show();
    } else if (event.key === "Escape") {
      hideTooltip();
    }
  });
}
