import { fileURLToPath } from "node:url";
import { createCreditsServer } from "creditpack/server";
import { createApp } from "./app.ts";
import { BackstageControls } from "./backstage.ts";
import { ConfigError, readConfig } from "./config.ts";
import { Network } from "./network.ts";

const STOP_MS_MAX = 3_000;

try {
  await start();
} catch (error) {
  console.error(`studio: ${told(error)}`);
  process.exit(1);
}

async function start(): Promise<void> {
  const config = readConfig(process.env);
  const network = new Network(config.creditpackUrl);
  const backstage = new BackstageControls();
  backstage.onChange(({ delay_ms, dropped }) => {
    network.delayMs = delay_ms;
    network.dropped = dropped;
  });
  const endpoint = config.creditpackUrl.origin;
  const app = createApp({
    credits: createCreditsServer({ endpoint, secretKey: config.secretKey }),
    backstage,
    endpoint: await network.listen(),
    pageRoot: fileURLToPath(new URL("../client", import.meta.url)),
  });
  await new Promise<void>((resolve, reject) => {
    app.once("error", reject);
    app.listen(config.port, "127.0.0.1", resolve);
  });
  console.log(`studio listening on http://localhost:${config.port}`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      network.close();
      app.close();
      // Work under way ends as if its page had closed: its credits return, if the backend is there.
      app.closeAllConnections();
      setTimeout(() => process.exit(0), STOP_MS_MAX).unref();
    });
  }
}

function told(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  const { code, port } = error as NodeJS.ErrnoException & { port?: number };
  if (code === "EADDRINUSE") return `port ${port} is taken; set PORT to a free one`;
  return String(error);
}
