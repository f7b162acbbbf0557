import { html } from "./dom";

/** Names up to here stand as they are: a longer one without blanks would push aside what stands beside it. */
const longest = 32;

/** A name beside other things. A long one is cut to the room there is, the whole of it in its title; where nothing can be pointed at, it wraps. */
export function nameOf(text: string): Node | string {
  return text.length <= longest ? text : html("span", { class: "longname", title: text }, text);
}
