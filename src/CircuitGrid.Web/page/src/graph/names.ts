import type { Model } from "../data/report";

export type Port = "q" | "k" | "v" | "in";

/** A node by what it is; the indices follow the forward order input, layer by layer heads then MLP, logits. */
export type GraphNode =
  | { readonly kind: "input" | "logits" }
  | { readonly kind: "head"; readonly layer: number; readonly head: number }
  | { readonly kind: "mlp"; readonly layer: number };

/** Where an edge ends. */
export interface Slot {
  readonly node: GraphNode;
  readonly port: Port;
}

type Shape = Pick<Model, "layers" | "heads">;

const headPorts = ["q", "k", "v"] as const;

export function sourceCount({ layers, heads }: Shape): number {
  return 1 + layers * (heads + 1);
}

export function slotCount({ layers, heads }: Shape): number {
  return layers * (3 * heads + 1) + 1;
}

/** The node with a forward index. */
export function sourceNode({ heads }: Shape, index: number): GraphNode {
  if (index === 0) {
    return { kind: "input" };
  }
  const layer = Math.floor((index - 1) / (heads + 1));
  const place = (index - 1) % (heads + 1);
  return place === heads ? { kind: "mlp", layer } : { kind: "head", layer, head: place };
}

/** The slot with a backward index. */
export function slot(shape: Shape, index: number): Slot {
  if (index === slotCount(shape) - 1) {
    return { node: { kind: "logits" }, port: "in" };
  }
  const { heads } = shape;
  const layer = Math.floor(index / (3 * heads + 1));
  const place = index % (3 * heads + 1);
  return place === 3 * heads
    ? { node: { kind: "mlp", layer }, port: "in" }
    : { node: { kind: "head", layer, head: place % heads }, port: headPorts[Math.floor(place / heads)]! };
}

/** a3.h1, m2, input, logits */
export function nodeName(node: GraphNode): string {
  switch (node.kind) {
    case "head":
      return `a${node.layer}.h${node.head}`;
    case "mlp":
      return `m${node.layer}`;
    default:
      return node.kind;
  }
}

/** a3.h1<q>, m2 */
export function slotName({ node, port }: Slot): string {
  return port === "in" ? nodeName(node) : `${nodeName(node)}<${port}>`;
}

/** Every node of the graph in forward order. */
export function allNodes(shape: Shape): GraphNode[] {
  const nodes = Array.from({ length: sourceCount(shape) }, (_, index) => sourceNode(shape, index));
  return [...nodes, { kind: "logits" }];
}
