/** What the app server needs to know before it can start. */
export interface ServerConfig {
  /** 1 ..= 65535. */
  port: number;
  /** creditpackd's origin, as reached from this machine. */
  creditpackUrl: URL;
  secretKey: string;
}

/** A setting is missing or cannot be used; the message names the variable. */
export class ConfigError extends Error {}

/**
 * Reads `PORT`, `CREDITPACK_ENDPOINT` and `CREDITPACK_SECRET_KEY`.
 *
 * @throws {ConfigError} if one of them is missing or malformed.
 */
export function readConfig(env: NodeJS.ProcessEnv): ServerConfig {
  return {
    port: readPort(required(env, "PORT", "the port to serve Studio on, such as 4000")),
    creditpackUrl: readUrl(
      required(
        env,
        "CREDITPACK_ENDPOINT",
        "where creditpackd listens, such as http://127.0.0.1:8080",
      ),
    ),
    secretKey: required(env, "CREDITPACK_SECRET_KEY", "the key that `creditpackd init` printed"),
  };
}

function required(env: NodeJS.ProcessEnv, name: string, meaning: string): string {
  const value = env[name]?.trim();
  if (!value) throw new ConfigError(`${name} is not set: it is ${meaning}`);
  return value;
}

function readPort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new ConfigError(`PORT must be a whole number from 1 to 65535, not "${text}"`);
  }
  return port;
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:") {
    throw new ConfigError(`CREDITPACK_ENDPOINT must be an http:// address, not "${text}"`);
  }
  return url;
}
