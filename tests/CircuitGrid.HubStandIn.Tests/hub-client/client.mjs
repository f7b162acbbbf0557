// Calls one function of the hub's own client, and prints what came of it as one line of JSON.
// Usage: node client.mjs FUNCTION '{"hubUrl": ..., "repo": ..., ...}'
import { createHash } from "node:crypto";
import * as hub from "@huggingface/hub";

const [name, parameters] = process.argv.slice(2);

// Log lines of the client must not stand between the answer and its reader.
console.debug = () => {};

async function result() {
  const value = await hub[name](JSON.parse(parameters));
  if (value && typeof value[Symbol.asyncIterator] === "function") {
    const all = [];
    for await (const item of value) {
      all.push(item);
    }
    return all;
  }
  if (value instanceof Blob) {
    const bytes = Buffer.from(await value.arrayBuffer());
    return { size: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
  }
  return value;
}

try {
  console.log(JSON.stringify({ value: (await result()) ?? null }));
} catch (error) {
  console.log(JSON.stringify({ error: error.message, status: error.statusCode ?? null }));
}
