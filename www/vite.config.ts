import { defineConfig } from "vite";

export default defineConfig(({ isSsrBuild }) => ({
  build: {
    outDir: "dist/client",
    target: "es2022",
    // Fonts and Wasm stay files: the page's content security policy allows no data: for them.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    copyPublicDir: !isSsrBuild,
    ...(!isSsrBuild && { rolldownOptions: { input: ["index.html", "playground/index.html"] } }),
  },
  // The app server is one file that starts anywhere, without node_modules beside it.
  ssr: { noExternal: true },
}));
