import type { Model } from "../data/report";
import { percent, score } from "../format";
import type { Certainty, Change, DrawnEdge } from "../graph/change";
import { Lattice, type PlacedNode } from "../graph/layout";
import { svg } from "../ui/dom";
import { hideTooltip, showTooltip, tooltipTable } from "../ui/tooltip";

/** What an edge's colour says. */
export type EdgeColor = "sign" | "change";

const thinnest = 0.8;
const widest = 6.5;
const faintestOpacity = 0.42;
const strongestOpacity = 0.92;
/** What is left of an edge's opacity by how sure the examples are of it; what came anew must be found among what stayed. */
const opacityShares: Readonly<Record<EdgeColor, Readonly<Record<Certainty, number>>>> = {
  sign: { certified: 1, uncertain: 0.45, rejected: 0.2 },
  change: { certified: 1, uncertain: 0.65, rejected: 0.4 },
};
const manyEdges = 100;
const changeWords: Readonly<Record<Change, string>> = {
  kept: "also in the previous circuit",
  gained: "not in the previous circuit",
  lost: "only in the previous circuit",
};

export const certaintyWords: Readonly<Record<Certainty, string>> = {
  certified: "certified",
  uncertain: "uncertain",
  rejected: "rejected: chance, as far as the examples can tell",
};

/** The circuit on the lattice of its model; one node at a time can be pointed at. */
export class CircuitDrawing {
  readonly element: SVGSVGElement;
  private readonly lattice: Lattice;
  private readonly edgeLayer = svg("g", { class: "edges" });
  private readonly nodeMarks = new Map<string, SVGGElement>();
  private drawn: readonly DrawnEdge[] = [];
  private focused: string;

  constructor(
    model: Model,
    width: number,
    private readonly pointAt: (node: string | null, pinned: boolean) => void,
  ) {
    this.lattice = new Lattice(model, width);
    const { height } = this.lattice;
    this.focused = "logits";
    const marks = this.lattice.nodes.map((node) => this.nodeMark(node));
    this.element = svg(
      "svg",
      { class: "lattice", width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": `Circuit of ${model.name} on its layers and heads; arrow keys move between nodes, Enter pins one` },
      ...Array.from({ length: model.layers }, (_, layer) =>
        svg("text", { class: "layer", x: 0, y: this.lattice.layerY(layer), dy: "0.32em" }, `layer ${layer}`),
      ),
      this.edgeLayer,
      ...marks,
    );
    this.element.addEventListener("keydown", (event) => this.move(event));
    this.element.addEventListener("click", (event) => {
      if (!(event.target as Element).closest(".node")) {
        pointAt(null, true);
      }
    });
  }

  /** Draws a circuit's edges in place of those before. */
  show(edges: readonly DrawnEdge[], color: EdgeColor): void {
    const shown = edges.filter(({ change }) => change !== "lost");
    const top = Math.max(...shown.map((edge) => Math.abs(edge.score)), Number.MIN_VALUE);
    // Strong edges are drawn last, over the weak ones.
    this.drawn = (color === "change" ? edges : shown).toSorted((a, b) => Math.abs(a.score) - Math.abs(b.score));
    // Hundreds of weak edges would hide the strong ones between them.
    const faintest = faintestOpacity * Math.min(1, Math.sqrt(manyEdges / Math.max(1, shown.length)));
    this.edgeLayer.replaceChildren(...this.drawn.map((edge) => this.edgeMark(edge, color, Math.min(1, Math.abs(edge.score) / top), faintest)));
    const present = new Set(shown.flatMap(({ source, target }) => [source, target]));
    const before = new Set(edges.filter(({ change }) => change !== "gained").flatMap(({ source, target }) => [source, target]));
    for (const [name, mark] of this.nodeMarks) {
      mark.classList.toggle("present", present.has(name));
      mark.classList.toggle("gained", color === "change" && present.has(name) && !before.has(name));
      mark.classList.toggle("lost", color === "change" && !present.has(name) && before.has(name));
    }
  }

  /** Brings out a node's edges; null shows all alike. */
  highlight(node: string | null): void {
    this.element.classList.toggle("pointing", node !== null);
    this.nodeMarks.forEach((mark, name) => mark.classList.toggle("pointed", name === node));
    [...this.edgeLayer.children].forEach((mark, index) => {
      const { source, target } = this.drawn[index]!;
      mark.classList.toggle("pointed", source === node || target === node);
    });
  }

  private edgeMark(edge: DrawnEdge, color: EdgeColor, strength: number, faintest: number): SVGPathElement {
    const look = color === "sign" ? (edge.score < 0 ? "negative" : "positive") : edge.change;
    const width = (thinnest + (widest - thinnest) * strength).toFixed(2);
    const opacity = (faintest + (strongestOpacity - faintest) * strength) * (edge.certainty ? opacityShares[color][edge.certainty] : 1);
    const mark = svg("path", {
      class: `${edge.change === "lost" ? "ghost" : "edge"} ${look} ${edge.certainty ?? ""} port-${edge.slot.port}`,
      d: this.lattice.path(edge.source, edge.slot),
      "data-edge": edge.name,
      "stroke-width": width,
      style: { "--opacity": opacity.toFixed(3), "--width": width },
    });
    mark.addEventListener("pointerenter", (event) =>
      showTooltip(tooltipTable(edge.name, tooltipRows(edge), changeWords[edge.change]), event.clientX, event.clientY),
    );
    mark.addEventListener("pointerleave", hideTooltip);
    return mark;
  }

  private nodeMark(placed: PlacedNode): SVGGElement {
    const { node, name, x, y, width, height } = placed;
    const isBar = node.kind === "input" || node.kind === "logits";
    const ports = node.kind === "head" && width >= 26 ? (["q", "k", "v"] as const) : [];
    const mark = svg(
      "g",
      { class: `node ${node.kind}`, "data-node": name, tabindex: name === this.focused ? 0 : -1, role: "button", "aria-label": name },
      svg("rect", { x: x - width / 2, y: y - height / 2, width, height, rx: node.kind === "mlp" ? height / 2 : 4 }),
      width >= 34 || isBar ? svg("text", { x, y, dy: "0.34em", "text-anchor": "middle" }, isBar ? barLabel(name) : name) : svg("title", {}, name),
      ...ports.map((port) => {
        const at = this.lattice.port({ node, port });
        return svg("text", { class: "port", x: at.x, y: at.y + 9, "text-anchor": "middle" }, port);
      }),
    );
    mark.addEventListener("pointerenter", () => this.pointAt(name, false));
    mark.addEventListener("pointerleave", () => this.pointAt(null, false));
    mark.addEventListener("focus", () => this.pointAt(name, false));
    mark.addEventListener("blur", () => this.pointAt(null, false));
    mark.addEventListener("click", () => this.pointAt(name, true));
    this.nodeMarks.set(name, mark);
    return mark;
  }

  private move(event: KeyboardEvent): void {
    if (event.key === "Enter" || event.key === " ") {
      this.pointAt(this.focused, true);
      event.preventDefault();
      return;
    }
    if (event.key === "Escape") {
      this.pointAt(null, true);
      return;
    }
    const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!direction) {
      return;
    }
    event.preventDefault();
    const next = this.neighbour(this.lattice.node(this.focused), direction[0]!, direction[1]!);
    if (next) {
      this.nodeMarks.get(this.focused)!.setAttribute("tabindex", "-1");
      this.focused = next.name;
      const mark = this.nodeMarks.get(next.name)!;
      mark.setAttribute("tabindex", "0");
      mark.focus();
    }
  }

  /** The nearest node in a direction; what lies straight ahead counts as nearer than what lies aside. */
  private neighbour(from: PlacedNode, right: number, down: number): PlacedNode | undefined {
    const candidates = this.lattice.nodes.flatMap((node) => {
      const ahead = (node.x - from.x) * right + (node.y - from.y) * down;
      const aside = Math.abs((node.x - from.x) * down) + Math.abs((node.y - from.y) * right);
      return ahead > 1 ? [{ node, cost: ahead + 3 * aside }] : [];
    });
    return candidates.toSorted((a, b) => a.cost - b.cost)[0]?.node;
  }
}

function tooltipRows(edge: DrawnEdge): [string, string][] {
  const rows: [string, string][] = [["score", score(edge.score)]];
  if (edge.certainty) {
    rows.push(["in", `${percent(edge.inclusion)} of the resampled circuits`], ["so it is", certaintyWords[edge.certainty]]);
  }
  return rows;
}

function barLabel(name: string): string {
  return name === "input" ? "input (token embeddings)" : "logits";
}
