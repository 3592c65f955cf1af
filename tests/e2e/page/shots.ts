import { fileURLToPath } from "node:url";
import type { Page } from "@playwright/test";

const FOLDER = fileURLToPath(new URL("../output/", import.meta.url));
const PHONE = { width: 360, height: 780 };

/** Keeps the page as it looks now: light, dark, and on a phone. */
export async function shoot(page: Page, name: string): Promise<void> {
  const desk = page.viewportSize();
  await page.screenshot({ path: `${FOLDER}${name}-light.png` });
  await page.emulateMedia({ colorScheme: "dark" });
  await painted(page);
  await page.screenshot({ path: `${FOLDER}${name}-dark.png` });
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(PHONE);
  await painted(page);
  await page.screenshot({ path: `${FOLDER}${name}-phone.png` });
  if (desk) await page.setViewportSize(desk);
}

/** Resolves when what was changed before has been drawn. */
async function painted(page: Page): Promise<void> {
  await page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  );
}
