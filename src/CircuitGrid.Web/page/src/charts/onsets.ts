import * as Plot from "@observablehq/plot";
import type { Library } from "../data/library";
import type { Appearance } from "../data/roles";
import { timeText, type Clock } from "../data/time";
import { html } from "../ui/dom";
import { drawPlot } from "../ui/plot";
import { hideTooltip, showTooltip, tooltipTable } from "../ui/tooltip";
import type { TokenAxis } from "./tokens";

/** Something that appears at some time of training: a role is drawn filled, a task hollow. */
export interface OnsetMark extends Appearance {
  readonly kind: "role" | "task";
  readonly name: string;
}

export interface OnsetRow {
  readonly model: string;
  readonly marks: readonly OnsetMark[];
  /** Data of the row, for those who look for it. */
  readonly role?: string;
}

export interface OnsetRowsOptions {
  readonly axis: TokenAxis;
  readonly width: number;
  readonly rowHeight: number;
  readonly margin: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number };
  /** Drawn before and after the rows, e.g. an axis or labels. */
  readonly around?: readonly Plot.Markish[];
}

interface Placed extends OnsetMark {
  readonly model: string;
  readonly row: number;
}

/** "after 655k, by 1.02M" of checkpoints, "1.02M [655k, 1.28M]" of a fit; steps where nobody knows the tokens. */
export function onsetText(clock: Clock, { at, low, high, isCensored, lostAt }: Appearance): string {
  const text = (time: number): string => timeText(clock, time);
  if (isCensored) {
    return `${low === null ? "at or before" : `after ${text(low)}, by`} ${text(at)}${lostAt === null ? "" : `; lost at ${text(lostAt)}`}`;
  }
  return low === null && high === null ? text(at) : `${text(at)} [${low === null ? "…" : text(low)}, ${high === null ? "…" : text(high)}]`;
}

/** The same with what it is counted in. */
function unitText(clock: Clock, appearance: Appearance): string {
  return clock.tokensKnown === "unknown" ? `step ${onsetText(clock, appearance)}` : `${onsetText(clock, appearance)} tokens`;
}

/** Rows of moments on a token axis: a dot with its interval as a whisker. */
export function onsetRows(library: Library, rows: readonly OnsetRow[], { axis, width, rowHeight, margin, around = [] }: OnsetRowsOptions): HTMLElement {
  const placed: Placed[] = rows.flatMap(({ model, marks }, row) => marks.map((mark) => ({ ...mark, model, row })));
  const plot = drawPlot({
    width,
    height: margin.top + rows.length * rowHeight + margin.bottom,
    marginTop: margin.top,
    marginRight: margin.right,
    marginBottom: margin.bottom,
    marginLeft: margin.left,
    style: { background: "none", overflow: "visible" },
    x: { type: "log", domain: axis.domain, clamp: true, label: null, axis: null },
    y: { domain: [rows.length - 0.5, -0.5], axis: null, label: null },
    marks: [...around, ...rows.flatMap((row, index) => rowMarks(library, row, placed.filter((mark) => mark.row === index), axis))],
  });
  plot.setAttribute("role", "img");
  plot.setAttribute("aria-label", placed.map((mark) => `${mark.model}, ${mark.name}: ${unitText(library.report, mark)}`).join("; "));
  const element = html("div", { class: "onsets" }, plot);
  const x = plot.scale("x")!;
  plot.addEventListener("pointermove", (event) => {
    const { clientX, clientY } = event as PointerEvent;
    const box = plot.getBoundingClientRect();
    const row = Math.floor((clientY - box.top - margin.top) / rowHeight);
    const near = placed.filter((mark) => mark.row === row).toSorted((a, b) => distance(a) - distance(b));
    if (near.length === 0) {
      hideTooltip();
      return;
    }
    showTooltip(tooltipTable(near[0]!.model, near.map((mark) => [mark.name, unitText(library.report, mark)])), clientX, clientY);
    function distance({ at }: Placed): number {
      return Math.abs(x.apply(axis.place(at)) - (clientX - box.left));
    }
  });
  plot.addEventListener("pointerleave", hideTooltip);
  return element;
}

function rowMarks(library: Library, { model, role }: OnsetRow, marks: readonly Placed[], axis: TokenAxis): Plot.Markish[] {
  const { color, symbol } = library.look(model);
  const tagged = (kind: string): Plot.MarkOptions => ({
    render: (indices, scales, values, dimensions, context, next) => {
      const group = next!(indices, scales, values, dimensions, context);
      group?.setAttribute("data-model", model);
      group?.setAttribute("data-mark", kind);
      if (role) {
        group?.setAttribute("data-role", role);
      }
      return group;
    },
  });
  // The role's mark lies over the task's.
  return (["task", "role"] as const).flatMap((kind) => {
    const own = marks.filter((mark) => mark.kind === kind);
    const open = own.filter(({ low, high }) => low !== null || high !== null);
    return [
      Plot.ruleY(open, {
        y: "row",
        x1: ({ low }: Placed) => axis.place(low ?? 0),
        x2: ({ high }: Placed) => (high === null ? axis.domain[1] : axis.place(high)),
        stroke: color,
        strokeWidth: kind === "task" ? 3.5 : 1.5,
        strokeOpacity: kind === "task" ? 0.35 : 1,
        ...tagged(`${kind}-interval`),
      }),
      Plot.dot(own, {
        x: ({ at }: Placed) => axis.place(at),
        y: "row",
        symbol,
        r: kind === "task" ? 3.6 : 3.2,
        ...(kind === "task" ? { fill: "var(--page)", stroke: color, strokeWidth: 1.3 } : { fill: color }),
        ...tagged(kind),
      }),
    ];
  });
}
