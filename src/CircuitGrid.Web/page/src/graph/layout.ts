import type { Model } from "../data/report";
import { allNodes, nodeName, type GraphNode, type Port, type Slot } from "./names";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface PlacedNode {
  readonly node: GraphNode;
  readonly name: string;
  /** Centre. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const sideLabel = 72;
const margin = 14;
const barHeight = 24;
/** Input and logits reach out of the columns on the left, where the edge from one to the other runs. */
const barOverhang = 14;
const portPlaces: Readonly<Record<Port, number>> = { q: -0.32, k: 0, v: 0.32, in: 0 };

/**
 * The lattice: a row a layer from bottom to top, a column a head and one for the MLP; input and logits are bars along the bottom
 * and the top, so that the edges that leave or enter them stay in their own column instead of meeting in one point.
 */
export class Lattice {
  readonly nodes: readonly PlacedNode[];
  readonly height: number;
  readonly columnWidth: number;
  readonly rowHeight: number;

  private readonly places: ReadonlyMap<string, PlacedNode>;

  constructor(
    private readonly model: Model,
    readonly width: number,
  ) {
    const { layers, heads } = model;
    this.columnWidth = (width - sideLabel - margin) / (heads + 1);
    this.rowHeight = Math.min(150, Math.max(54, 720 / (layers + 1)));
    this.height = 2 * (margin + barHeight) + (layers + (model.parallel ? 0.4 : 0.8)) * this.rowHeight;
    this.nodes = allNodes(model).map((node) => this.place(node));
    this.places = new Map(this.nodes.map((node) => [node.name, node]));
  }

  node(name: string): PlacedNode {
    return this.places.get(name)!;
  }

  /** Height of a layer's attention row. */
  layerY(layer: number): number {
    return this.height - margin - barHeight - (layer + 0.7) * this.rowHeight;
  }

  /** Where a slot takes its input in. */
  port({ node, port }: Slot): Point {
    const placed = this.node(nodeName(node));
    return { x: placed.x + portPlaces[port] * placed.width, y: placed.y + placed.height / 2 };
  }

  /** The course of an edge, always upwards. */
  path(source: string, slot: Slot): string {
    const from = this.node(source);
    const to = this.node(nodeName(slot.node));
    const end = this.port(slot);
    const startY = from.y - from.height / 2;
    const gutter = this.columnWidth / 2;
    if (from.node.kind === "input" && to.node.kind === "logits") {
      const x = sideLabel - barOverhang / 2;
      return `M${x},${startY}V${to.y + to.height / 2}`;
    }
    if (from.node.kind === "input") {
      // Up the left gutter of the column, then into the port; edges to higher layers run further out.
      const x = to.x - gutter + (gutter - to.width / 2) * this.lane(to) * 0.7 + 3;
      return rise(x, startY, end, this.rowHeight);
    }
    if (to.node.kind === "logits") {
      const x = from.x + gutter - (gutter - from.width / 2) * this.lane(from) * 0.7 - 3;
      const bend = Math.max(startY - this.rowHeight * 0.5, end.y);
      return `M${from.x},${startY}C${from.x},${startY - this.rowHeight * 0.3} ${x},${startY - this.rowHeight * 0.2} ${x},${bend}V${to.y + to.height / 2}`;
    }
    const reach = Math.max(this.rowHeight * 0.4, (startY - end.y) * 0.45);
    // An edge that skips layers within its column would run behind the nodes between: it bows around them.
    const skips = startY - end.y > this.rowHeight * 1.2 && Math.abs(end.x - from.x) < this.columnWidth * 0.6;
    const bow = skips ? this.columnWidth * 0.75 * (end.x < from.x ? -1 : 1) : 0;
    return `M${from.x},${startY}C${from.x + bow},${startY - reach} ${end.x + bow},${end.y + reach} ${end.x},${end.y}`;
  }

  /** A layer's place between the gutter's middle (0) and the node's side (1). */
  private lane({ node }: PlacedNode): number {
    const layer = "layer" in node ? node.layer : 0;
    return 1 - (layer + 0.5) / this.model.layers;
  }

  private place(node: GraphNode): PlacedNode {
    const name = nodeName(node);
    const columnX = (column: number): number => sideLabel + (column + 0.5) * this.columnWidth;
    const nodeHeight = Math.min(26, this.rowHeight * 0.36);
    switch (node.kind) {
      case "head":
        return { node, name, x: columnX(node.head), y: this.layerY(node.layer), width: Math.min(58, this.columnWidth * 0.62), height: nodeHeight };
      case "mlp": {
        // A sequential model's MLP reads its layer's heads, so it stands above them.
        const raised = this.model.parallel ? 0 : this.rowHeight * 0.42;
        return { node, name, x: columnX(this.model.heads), y: this.layerY(node.layer) - raised, width: Math.min(64, this.columnWidth * 0.68), height: nodeHeight };
      }
      default: {
        const y = node.kind === "input" ? this.height - margin - barHeight / 2 : margin + barHeight / 2;
        const start = sideLabel - barOverhang;
        return { node, name, x: (start + this.width - margin) / 2, y, width: this.width - margin - start, height: barHeight };
      }
    }
  }
}

function rise(x: number, startY: number, end: Point, rowHeight: number): string {
  const bend = Math.min(startY, end.y + rowHeight * 0.36);
  return `M${x},${startY}V${bend}C${x},${end.y + rowHeight * 0.12} ${end.x},${end.y + rowHeight * 0.22} ${end.x},${end.y}`;
}
