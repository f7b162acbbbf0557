import * as Plot from "@observablehq/plot";
import type { Library } from "../data/library";
import type { Cell } from "../data/report";
import { logTicks } from "../charts/tokens";
import { count, interval, measure, percent, plural, score, short } from "../format";
import type { Certainty, DrawnEdge } from "../graph/change";
import { html } from "../ui/dom";
import { drawPlot } from "../ui/plot";

const listed = 14;

/** The facts of the cell that is shown. */
export function cellFacts(cell: Cell, edges: readonly DrawnEdge[], previous: number | null, totalEdges: number): HTMLElement {
  const circuit = cell.status !== "no-task";
  const tally = (change: DrawnEdge["change"]): number => edges.filter((edge) => edge.change === change).length;
  const facts: [string, string][] = [["metric", interval(cell.metric, cell.metricLow, cell.metricHigh)], ["accuracy", percent(cell.accuracy)]];
  if (circuit) {
    facts.push(
      ["circuit", `${count(cell.edges)} of ${count(totalEdges)} edges (${percent(cell.edgeShare)})`],
      ["nodes", count(cell.nodes)],
      ...certainties(edges),
      ["faithfulness", `${measure(cell.faithfulnessFound)} found, ${measure(cell.faithfulnessJudged)} judged`],
      ["normalised", `${measure(cell.normalizedFound)} found, ${measure(cell.normalizedJudged)} judged`],
    );
    if (previous !== null) {
      facts.push([`since step ${count(previous)}`, `${count(tally("kept"))} kept, ${count(tally("gained"))} gained, ${count(tally("lost"))} lost`]);
    }
  }
  return html("dl", { class: "facts" }, ...facts.flatMap(([name, value]) => [html("dt", {}, name), html("dd", {}, value)]));
}

/** How many edges the examples are how sure of; nothing where that isn't known. */
function certainties(edges: readonly DrawnEdge[]): [string, string][] {
  const known = edges.filter(({ change, certainty }) => change !== "lost" && certainty !== null);
  const tally = (wanted: Certainty): string => `${count(known.filter(({ certainty }) => certainty === wanted).length)} ${wanted}`;
  return known.length === 0 ? [] : [["sure of", `${tally("certified")}, ${tally("uncertain")}, ${tally("rejected")}`]];
}

/** A node's edges in and out by strength, or the circuit's strongest where no node is pointed at. */
export function edgeLists(node: string | null, pinned: boolean, edges: readonly DrawnEdge[]): HTMLElement {
  const shown = edges.filter(({ change }) => change !== "lost").toSorted((a, b) => Math.abs(b.score) - Math.abs(a.score));
  const top = Math.max(...shown.map((edge) => Math.abs(edge.score)), Number.MIN_VALUE);
  if (node === null) {
    return html("div", { class: "lists" }, shown.length > 0 ? group("Strongest edges", shown, (edge) => edge.name, top) : null);
  }
  const into = shown.filter(({ target }) => target === node);
  const out = shown.filter(({ source }) => source === node);
  const arriving = (edge: DrawnEdge): string => (edge.slot.port === "in" ? edge.source : `${edge.source} → ${edge.slot.port}`);
  const leaving = (edge: DrawnEdge): string => edge.name.slice(edge.source.length + 2);
  return html(
    "div",
    { class: "lists" },
    html("h4", {}, node, html("small", {}, pinned ? "pinned, Esc to let go" : "click to pin")),
    into.length + out.length === 0 ? html("p", { class: "empty" }, "Not in this circuit.") : null,
    into.length > 0 ? group(plural(into.length, "edge in", "edges in"), into, arriving, top) : null,
    out.length > 0 ? group(plural(out.length, "edge out", "edges out"), out, leaving, top) : null,
  );
}

function group(title: string, edges: readonly DrawnEdge[], name: (edge: DrawnEdge) => string, top: number): HTMLElement {
  const rest = edges.length - listed;
  return html(
    "div",
    {},
    html("h5", {}, title),
    html(
      "ol",
      {},
      ...edges.slice(0, listed).map((edge) =>
        html(
          "li",
          {
            class: `${edge.score < 0 ? "negative" : "positive"} ${edge.certainty ?? ""}`,
            "data-edge": edge.name,
            title: edge.certainty ? `${edge.certainty}: in ${percent(edge.inclusion)} of the resampled circuits` : null,
          },
          html("span", { class: "name" }, name(edge)),
          html("span", { class: "strength", style: { "--share": `${((Math.abs(edge.score) / top) * 100).toFixed(1)}%` } }),
          html("span", { class: "score" }, score(edge.score)),
        ),
      ),
    ),
    rest > 0 ? html("p", { class: "rest" }, `and ${plural(rest, "weaker one")}`) : null,
  );
}

/** The sizes that the search looked at and what they kept. */
export function searchChart(library: Library, cell: Cell): HTMLElement | null {
  const points = cell.search.filter(({ edges }) => edges > 0).toSorted((a, b) => a.edges - b.edges);
  if (points.length < 2) {
    return null;
  }
  const plot = drawPlot({
    width: 280,
    height: 150,
    marginLeft: 34,
    marginBottom: 30,
    marginTop: 8,
    marginRight: 8,
    style: { background: "none", overflow: "visible" },
    x: { type: "log", label: null },
    y: { domain: [0, Math.max(1, ...points.flatMap(({ found, judged }) => [found ?? 0, judged ?? 0]))], label: null, clamp: true },
    marks: [
      Plot.gridY({ stroke: "var(--rule)", strokeOpacity: 1, ticks: 4 }),
      Plot.axisY({ ticks: 4, tickSize: 0, fill: "var(--muted)" }),
      Plot.axisX(logTicks(points[0]!.edges, points.at(-1)!.edges), { text: short, tickSize: 4, stroke: "var(--faint)", fill: "var(--muted)" }),
      Plot.ruleY([library.threshold], { stroke: "var(--ink)", strokeDasharray: "2 3" }),
      Plot.line(points, { x: "edges", y: "found", stroke: "var(--found)", strokeWidth: 1.5 }),
      Plot.dot(points, { x: "edges", y: "found", fill: "var(--found)", r: 2.6 }),
      Plot.line(points, { x: "edges", y: "judged", stroke: "var(--judged)", strokeWidth: 1.5, strokeDasharray: "4 3" }),
      Plot.dot(points, { x: "edges", y: "judged", fill: "var(--page)", stroke: "var(--judged)", strokeWidth: 1.3, r: 2.6 }),
      ...(cell.edges === null ? [] : [Plot.ruleX([cell.edges], { stroke: "var(--faint)" })]),
    ],
  });
  plot.setAttribute("role", "img");
  plot.setAttribute("aria-label", `Faithfulness of ${plural(points.length, "circuit size")} that the search looked at`);
  return html(
    "div",
    { class: "search" },
    html("h5", {}, "Faithfulness of the sizes tried"),
    plot,
    html("p", { class: "axis" }, "edges"),
    html("p", { class: "key" }, html("span", { class: "found" }, "● found on"), html("span", { class: "judged" }, "○ judged on"), html("span", {}, `┄ ${percent(library.threshold)} required`)),
  );
}
