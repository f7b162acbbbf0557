import type { Library } from "../data/library";
import { count, duration, list, percent, plural, short } from "../format";
import { html } from "../ui/dom";
import { nameOf } from "../ui/name";
import { metricName } from "./metric";
import type { PanelContext } from "./panels";

/** How the numbers were made, in words, and every setting as it was. */
export function methodsPanel({ library }: PanelContext): HTMLElement {
  const { report } = library;
  return html(
    "section",
    { id: "methods", "data-panel": "methods", "aria-labelledby": "methods-title" },
    html("h2", { id: "methods-title" }, "How this was made"),
    ...paragraphs(library).map((text) => html("p", { class: "prose" }, text)),
    ...leftOut(library),
    html(
      "details",
      { class: "data" },
      html("summary", {}, "Every setting"),
      html("dl", { class: "settings" }, ...Object.entries(report.analysis).flatMap(([name, value]) => [html("dt", {}, name), html("dd", {}, typeof value === "string" ? value : JSON.stringify(value))])),
    ),
  );
}

const methodWords: Readonly<Record<string, string>> = {
  eap: "edge attribution patching",
  "eap-ig": "edge attribution patching with integrated gradients",
  "eap-qk": "edge attribution patching with AtP*’s correction of queries and keys",
  relp: "relevance patching",
  "clean-corrupted": "edge attribution patching with gradients at the clean and the corrupted prompt",
  exact: "patching each edge by itself",
};

const pointWords: Readonly<Record<string, string>> = {
  "corrupted-end": "evenly spaced, the corrupted end included",
  "clean-end": "evenly spaced, the clean end included",
  midpoint: "at the midpoints of equal intervals",
  "gauss-legendre": "at Gauss–Legendre nodes",
};

const ablationWords: Readonly<Record<string, string>> = {
  patching: "what the corrupted prompt would send",
  zero: "zero",
  mean: "its source’s mean over the examples",
  "positional-mean": "its source’s mean over the examples at the same position",
};

function setting<T>(library: Library, name: string, type: "string" | "number" | "boolean"): T | null {
  const value = library.report.analysis[name];
  return typeof value === type ? (value as T) : null;
}

function paragraphs(library: Library): string[] {
  return [attribution(library), selection(library), data(library), training(library), origin(library)].filter((text) => text !== "");
}

function attribution(library: Library): string {
  const method = setting<string>(library, "method", "string");
  if (!method) {
    return "";
  }
  const steps = setting<number>(library, "steps", "number");
  const points = setting<string>(library, "points", "string");
  const ablation = setting<string>(library, "ablation", "string") ?? "patching";
  const path = method === "eap-ig" && steps !== null ? `, ${plural(steps, "integration point")}${points ? ` ${pointWords[points] ?? points}` : ""}` : "";
  return (
    `A model is a graph: the embedding (input), every attention head, every MLP and the logits, joined through the residual stream; a head reads it three times, as query, key and value. ` +
    `Every edge is scored by ${methodWords[method] ?? method}${path}: how much the task metric suffers when the edge carries ${ablationWords[ablation] ?? ablation}. ` +
    `A positive score helps the task, a negative one works against it.`
  );
}

function selection(library: Library): string {
  const kind = setting<string>(library, "selection", "string");
  const absolute = setting<boolean>(library, "absolute", "boolean");
  const by = absolute === false ? "score" : "size of the score";
  const how = kind === "greedy" ? `added greedily from the logits downward by ${by}` : kind === "top-n" ? `taken in order of the ${by}` : "selected";
  const halves = setting<string>(library, "split", "string") === "none" ? "All examples both find a circuit and judge it." : "One half of the examples finds the circuit, the other judges it.";
  const size = setting<string>(library, "search", "string") === "grid" ? "the smallest on one grid of sizes for all checkpoints (each up to 10, then half as large again each time)" : "one that a bisection found";
  const sampled = setting<string>(library, "sampling", "string") === "templates" ? "Where a task has six templates or more, intervals and verdicts hold over templates, otherwise over prompts of these templates." : "Intervals and verdicts hold over prompts of these templates.";
  return (
    `Edges are ${how}, and what doesn’t lead from input to logits is pruned. A circuit is run by ablating every other edge in the same way; its faithfulness is its metric divided by the whole model’s, normalised when the metric of the fully ablated model is taken as zero. ` +
    `The size shown is ${size} that keeps ${percent(library.threshold)}. ${halves} ${sampled} ` +
    `Where the 95% interval of the model’s own metric isn’t above 0.1 logits, or 0.01 of probability, or the fully ablated model keeps that share too, there is no task yet, and no circuit is looked for.`
  );
}

function data({ tasks, models, report, steps }: Library): string {
  if (tasks.length === 0) {
    return "";
  }
  const examples = tasks.map((task) => `${task.title} (${metricName(task)}, ${plural(task.examples, "prompt pair")})`).join("; ");
  const sizes = models.map(({ name, parameters, layers, heads, width, edges }) => `${name} (${short(parameters)} parameters, ${plural(layers, "layer")} of ${plural(heads, "head")}, width ${count(width)}, ${count(edges)} edges)`).join("; ");
  const perStep = report.tokensPerStep ? `, ${count(report.tokensPerStep)} tokens a step` : "";
  return `Tasks: ${examples}. Models of the suite ${report.suite}: ${sizes}. Checkpoints: ${plural(steps.length, "step")}${perStep}.`;
}

/** How sure tokens are, and which training goes on from which. */
function training({ models, report }: Library): string {
  const known = {
    counted: "",
    rounded: "Tokens are rounded, as names or publishers have them.",
    assumed: `Tokens are assumed: ${count(report.tokensPerStepAssumed)} a step, because nothing says otherwise; tokensPerStep in suite.json would.`,
    unknown: "How many tokens training has seen isn’t known: its time is counted in steps.",
  }[report.tokensKnown];
  const parents = [...new Set(models.flatMap(({ parent }) => parent ?? []))];
  const follows = parents.map((before) => `${list(models.filter(({ parent }) => parent === before).map(({ name }) => name))} from ${before}`);
  const tree = follows.length === 0 ? "" : `Trainings go on from one another, and their time with them (thin dashed lines): ${follows.join("; ")}.`;
  return [known, tree].filter((text) => text !== "").join(" ");
}

const mostLeftOut = 10;

/** What of the suite wasn't analysed. */
function leftOut({ report }: Library): HTMLElement[] {
  const others = report.othersLeftOut > 0 ? `${plural(report.othersLeftOut, "entry", "entries")} of the suite’s folder without the looks of a checkpoint ${report.othersLeftOut === 1 ? "was" : "were"} left out too.` : "";
  if (report.leftOut.length === 0) {
    return others ? [html("p", { class: "prose" }, others)] : [];
  }
  const more = report.leftOut.length > mostLeftOut ? `And ${count(report.leftOut.length - mostLeftOut)} more; circuitgrid audit lists all. ` : "";
  return [
    html(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": "What was left out, and why" },
      html(
        "table",
        { class: "numbers leftout" },
        html("caption", {}, "What was left out, and why"),
        html("thead", {}, html("tr", {}, ...["checkpoint", "model", "reason"].map((column) => html("th", { scope: "col" }, column)))),
        html("tbody", {}, ...report.leftOut.slice(0, mostLeftOut).map(({ model, name, reason }) => html("tr", {}, html("th", { scope: "row" }, nameOf(name)), html("td", {}, nameOf(model || "–")), html("td", {}, reason)))),
      ),
    ),
    ...(more || others ? [html("p", { class: "caption" }, `${more}${others}`)] : []),
  ];
}

function origin({ report }: Library): string {
  const seconds = report.cells.reduce((sum, cell) => sum + (cell.seconds ?? 0), 0);
  const created = report.created && !Number.isNaN(Date.parse(report.created)) ? ` on ${new Date(report.created).toISOString().slice(0, 10)}` : "";
  const work = seconds > 0 ? ` The analysis took ${duration(seconds)} of work over ${plural(report.cells.length, "cell")}.` : "";
  const omitted = report.circuitsLeftOut ? ` ${plural(report.circuitsLeftOut, "circuit")} between the checkpoints shown were left out to keep this file small.` : "";
  return `Made by ${report.program ?? "CircuitGrid"}${created}.${work}${omitted}`;
}
