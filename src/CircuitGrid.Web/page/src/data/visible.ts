/**
 * What a name must not hold unseen: control characters, the marks that turn the direction of reading, and the separators of lines and paragraphs. The
 * program's own list is in VisibleText.cs.
 */
const hidden = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Whether JSON may hold such a character, as itself or escaped: most reports have none, and are read without looking at every string. */
const suspicious = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|\\[bfnrt]|\\u(?:00[0189]|007f|061c|200[ef]|202[89a-e]|206[6-9])/i;

function visible(text: string): string {
  return text.replace(hidden, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Reads JSON so that every string in it shows all of its characters. */
export function parseVisibly(json: string): unknown {
  return suspicious.test(json) ? JSON.parse(json, (_, value: unknown) => (typeof value === "string" ? visible(value) : withVisibleKeys(value))) : JSON.parse(json);
}

function withVisibleKeys(value: unknown): unknown {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject && Object.keys(value).some((key) => visible(key) !== key) ? Object.fromEntries(Object.entries(value).map(([key, entry]) => [visible(key), entry])) : value;
}
