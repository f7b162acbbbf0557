import type { Library } from "../data/library";
import type { Selection } from "../data/selection";

/** What every panel is made from. */
export interface PanelContext {
  readonly library: Library;
  readonly selection: Selection;
}
