import { defineConfig } from "vite";
import { singleFile } from "./vite/singleFile.ts";

export default defineConfig({
  base: "./",
  plugins: [singleFile()],
  build: {
    target: "es2022",
    modulePreload: false,
    cssCodeSplit: false,
    assetsInlineLimit: Number.MAX_SAFE_INTEGER,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1024,
    license: false,
  },
});
