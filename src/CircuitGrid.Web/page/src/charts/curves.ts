import * as Plot from "@observablehq/plot";
import type { Library } from "../data/library";
import { axisTitle, besideStep, momentText } from "../data/time";
import { count } from "../format";
import { html, svg } from "../ui/dom";
import { nameOf } from "../ui/name";
import { drawPlot } from "../ui/plot";
import { hideTooltip, showTooltip, tooltipTable } from "../ui/tooltip";
import { modelGlyph } from "./legend";
import { onsetRows, type OnsetRow } from "./onsets";
import type { TokenAxis } from "./tokens";

export interface CurvePoint {
  readonly step: number;
  readonly tokens: number;
  readonly value: number | null;
  readonly low?: number | null;
  readonly high?: number | null;
  /** A value that the point is to be held against, drawn as a faint line. */
  readonly reference?: number | null;
  /** A hollow point stands beside its line; a cross stands at the bottom for a checkpoint without a value. */
  readonly mark: "solid" | "hollow" | "cross";
  /** Value as the tooltip says it. */
  readonly text: string;
}

export interface Curve {
  readonly model: string;
  readonly points: readonly CurvePoint[];
  /** Whether hollow points interrupt the line or lie on it. */
  readonly breakAtHollow: boolean;
}

export interface CurvePanel {
  readonly key: string;
  readonly title: string;
  readonly subtitle: string;
  readonly curves: readonly Curve[];
  readonly domain?: [number, number];
  readonly format: (value: number) => string;
  readonly note?: (step: number) => string | undefined;
  /** When things appear, on a strip above the curves. */
  readonly onsets?: readonly OnsetRow[];
}

/** The panels of one figure point at the same checkpoint together. */
export class Crosshair {
  private readonly followers: ((tokens: number | null) => void)[] = [];

  follow(move: (tokens: number | null) => void): void {
    this.followers.push(move);
  }

  point(tokens: number | null): void {
    this.followers.forEach((move) => move(tokens));
  }
}

/** From this many checkpoints on only some carry a symbol. */
const manyPoints = 60;
const symbolsOnDenseLine = 18;
const stripRow = 9;
const margin = { top: 10, right: 14, bottom: 26, left: 48 } as const;

/** One small multiple: a line with its band for every model over training; a thin line joins a training to the one that it goes on from. */
export function curveChart(library: Library, panel: CurvePanel, axis: TokenAxis, crosshair: Crosshair, width: number): HTMLElement {
  const height = Math.round(Math.min(270, Math.max(190, width * 0.48)));
  const plot = drawPlot({
    width,
    height,
    marginTop: margin.top,
    marginRight: margin.right,
    marginBottom: margin.bottom,
    marginLeft: margin.left,
    style: { background: "none", overflow: "visible" },
    x: { type: "log", domain: axis.domain, label: null },
    y: { domain: panel.domain ?? domainOf(panel.curves), nice: !panel.domain, label: null, zero: true },
    marks: [
      Plot.gridY({ stroke: "var(--rule)", strokeOpacity: 1, ticks: 5 }),
      Plot.axisY({ ticks: 5, tickSize: 0, tickFormat: panel.format, fill: "var(--muted)" }),
      Plot.axisX({ ticks: axis.ticks(width - margin.left - margin.right), text: axis.label, tickSize: 4, stroke: "var(--faint)", fill: "var(--muted)" }),
      Plot.ruleY([0], { stroke: "var(--faint)" }),
      ...(axis.gap === null ? [] : [Plot.text([axis.gap], { x: (gap: number) => gap, text: () => "//", frameAnchor: "bottom", dy: 3, fill: "var(--muted)", stroke: "var(--page)", strokeWidth: 5 })]),
      ...(panel.curves.some(({ points }) => points.some(({ value }) => value !== null)) ? [] : [Plot.text(["nothing to draw yet"], { frameAnchor: "middle", fill: "var(--muted)" })]),
      ...panel.curves.flatMap((curve) => joint(library, panel, curve, axis)),
      ...panel.curves.flatMap((curve, index) => marks(library, curve, axis, index)),
    ],
  });
  plot.setAttribute("role", "img");
  plot.setAttribute("aria-label", `${panel.title}, ${panel.subtitle}, over ${axisTitle(library.report)}; one line for each of ${panel.curves.map(({ model }) => model).join(", ")}`);
  const holder = html(
    "div",
    { class: "chart", "data-task": panel.key, tabindex: 0 },
    html("h3", {}, panel.title, html("small", {}, panel.subtitle)),
    panel.onsets ? onsetRows(library, panel.onsets, { axis, width, rowHeight: stripRow, margin: { left: margin.left, right: margin.right, top: 3, bottom: 0 } }) : null,
    plot,
    html("p", { class: "axis" }, axisTitle(library.report)),
  );
  point(library, panel, axis, crosshair, holder, plot);
  return holder;
}

function domainOf(curves: readonly Curve[]): [number, number] {
  const values = curves.flatMap(({ points }) => points.flatMap(({ value, low, high, reference }) => [value, low, high, reference]).filter((value): value is number => typeof value === "number"));
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  return high > low ? [low, high] : [0, 1];
}

function marks(library: Library, curve: Curve, axis: TokenAxis, index: number): Plot.Markish[] {
  const { color, dash, symbol } = library.look(curve.model);
  const x = ({ tokens }: CurvePoint): number => axis.place(tokens);
  const onLine = ({ value, mark }: CurvePoint): number => (value === null || mark === "cross" || (curve.breakAtHollow && mark === "hollow") ? Number.NaN : value);
  const shown = curve.points.filter(({ value, mark }) => value !== null && mark !== "cross");
  const dense = curve.points.length > manyPoints;
  const r = dense ? 2.6 : 3.4;
  return [
    Plot.line(
      curve.points.filter(({ reference }) => typeof reference === "number"),
      { x, y: "reference", stroke: color, strokeOpacity: 0.45, strokeWidth: 1, ...(dash ? { strokeDasharray: dash } : {}), ...tagged(curve.model, "reference") },
    ),
    // A checkpoint without an interval interrupts the band.
    Plot.areaY(
      curve.points.some(({ low, high }) => typeof low === "number" && typeof high === "number") ? curve.points : [],
      { x, y1: ({ low }: CurvePoint) => low ?? Number.NaN, y2: ({ high }: CurvePoint) => high ?? Number.NaN, fill: color, fillOpacity: 0.14, ...tagged(curve.model, "band") },
    ),
    Plot.line(curve.points, { x, y: onLine, stroke: color, strokeWidth: dense ? 1.1 : 1.75, ...(dash ? { strokeDasharray: dash } : {}), ...tagged(curve.model, "line") }),
    Plot.dot(
      dense ? apart(shown, axis) : shown.filter(({ mark }) => mark === "solid"),
      { x, y: "value", fill: color, symbol, r, ...tagged(curve.model, "solid") },
    ),
    Plot.dot(
      shown.filter(({ mark }) => mark === "hollow"),
      { x, y: "value", fill: "var(--page)", stroke: color, strokeWidth: 1.4, symbol, r, ...tagged(curve.model, "hollow") },
    ),
    // Crosses of different models at the same checkpoint stand side by side.
    Plot.dot(
      curve.points.filter(({ mark }) => mark === "cross"),
      { x, frameAnchor: "bottom", symbol: "times", r: 2.6, stroke: color, strokeWidth: 1.4, dx: index * 6 - 6, dy: -6, ...tagged(curve.model, "cross") },
    ),
  ];
}

/** From the last point of the training that a model's goes on from to the first of its own. */
function joint(library: Library, panel: CurvePanel, curve: Curve, axis: TokenAxis): Plot.Markish[] {
  const drawn = ({ value, mark }: CurvePoint): boolean => value !== null && mark !== "cross";
  const parent = library.model(curve.model)?.parent;
  const last = panel.curves.find(({ model }) => model === parent)?.points.findLast(drawn);
  const first = curve.points.find(drawn);
  if (!last || !first) {
    return [];
  }
  return [
    Plot.line([last, first], {
      x: ({ tokens }: CurvePoint) => axis.place(tokens),
      y: "value",
      stroke: library.look(curve.model).color,
      strokeWidth: 1,
      strokeDasharray: "3 3",
      ...tagged(curve.model, "joint"),
    }),
  ];
}

/** Marks of a model that can be told from others in the drawing. */
function tagged(model: string, kind: string): Plot.MarkOptions {
  return {
    render: (indices, scales, values, dimensions, context, next) => {
      const group = next!(indices, scales, values, dimensions, context);
      group?.setAttribute("data-model", model);
      group?.setAttribute("data-mark", kind);
      return group;
    },
  };
}

/** Some of many points, evenly over the axis: a symbol on each would hide the line. */
function apart(points: readonly CurvePoint[], axis: TokenAxis): CurvePoint[] {
  const spacing = (axis.domain[1] / axis.domain[0]) ** (1 / symbolsOnDenseLine);
  let next = 0;
  return points.filter(({ mark, tokens }) => {
    const taken = mark === "solid" && axis.place(tokens) >= next;
    next = taken ? axis.place(tokens) * spacing : next;
    return taken;
  });
}

function point(library: Library, panel: CurvePanel, axis: TokenAxis, crosshair: Crosshair, holder: HTMLElement, plot: ReturnType<typeof Plot.plot>): void {
  const scale = plot.scale("x")!;
  const points = panel.curves.flatMap((curve) => curve.points);
  const times = [...new Set(points.map(({ tokens }) => tokens))].sort((a, b) => a - b);
  const stepsAt = new Map(times.map((time) => [time, new Set<number>()]));
  points.forEach(({ tokens, step }) => stepsAt.get(tokens)!.add(step));
  const all = times.map((time) => [time, [...stepsAt.get(time)!]] as const);
  if (all.length === 0) {
    return;
  }
  const line = svg("line", { class: "crosshair", y1: margin.top, y2: plot.clientHeight, visibility: "hidden" });
  plot.append(line);
  crosshair.follow((tokens) => {
    line.setAttribute("visibility", tokens === null ? "hidden" : "visible");
    if (tokens !== null) {
      const position = String(scale.apply(axis.place(tokens)));
      line.setAttribute("x1", position);
      line.setAttribute("x2", position);
      line.setAttribute("y2", String(plot.getBoundingClientRect().height - margin.bottom));
    }
  });
  let current = all.length - 1;
  const show = (x?: number, y?: number): void => {
    const [tokens, steps] = all[current]!;
    crosshair.point(tokens);
    const rows = panel.curves.flatMap((curve) => {
      const found = curve.points.find((entry) => entry.tokens === tokens);
      return found ? [[html("span", {}, modelGlyph(library, curve.model), nameOf(curve.model)), found.text] as const] : [];
    });
    const box = plot.getBoundingClientRect();
    showTooltip(
      tooltipTable(title(library, tokens, steps), rows, panel.note?.(steps[0]!)),
      x ?? box.left + scale.apply(axis.place(tokens)),
      y ?? box.top + margin.top,
    );
  };
  const leave = (): void => {
    crosshair.point(null);
    hideTooltip();
  };
  plot.addEventListener("pointermove", (event) => {
    const { clientX, clientY } = event as PointerEvent;
    const x = clientX - plot.getBoundingClientRect().left;
    const distance = ([tokens]: readonly [number, readonly number[]]): number => Math.abs(scale.apply(axis.place(tokens)) - x);
    current = all.reduce((best, entry, index) => (distance(entry) < distance(all[best]!) ? index : best), 0);
    show(clientX, clientY);
  });
  plot.addEventListener("pointerleave", leave);
  holder.addEventListener("blur", leave);
  holder.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (move) {
      event.preventDefault();
      current = Math.min(all.length - 1, Math.max(0, current + move));
      show();
    } else if (event.key === "Escape") {
      leave();
    }
  });
}

/** A time in words; models whose steps begin anew have different ones at the same time. */
function title({ report }: Library, tokens: number, steps: readonly number[]): string {
  const [step, other] = steps;
  const beside = other === undefined ? besideStep(report, step!, tokens) : momentText(report, tokens);
  const text = other === undefined ? `Step ${count(step)}${beside ? ` · ${beside}` : ""}` : beside;
  return text.charAt(0).toUpperCase() + text.slice(1);
}
