import { createCredits } from "creditpack";
import { bindActivity } from "./activity/panel.ts";
import { bindBackstage } from "./backstage.ts";
import { welcomeBack } from "./checkout.ts";
import { bindComposer } from "./composer.ts";
import { byId } from "./element.ts";
import type { Notices } from "./notices.ts";
import { Shelf } from "./shelf.ts";
import { bindStore } from "./store.ts";
import { getToken, loadConfig } from "./studio_api.ts";
import { bindTheme } from "./theme.ts";
import { Wall } from "./wall.ts";
import { Workshop } from "./workshop.ts";

/** Puts the page to work. */
export async function studio(notices: Notices): Promise<void> {
  bindTheme(byId("theme", HTMLFieldSetElement));
  const { endpoint, account } = await loadConfig();
  const client = createCredits({ endpoint, account, getToken, locale: "en" });
  const backstage = bindBackstage(
    byId("backstage", HTMLDetailsElement),
    byId("backstage-controls", HTMLElement),
  );
  const store = bindStore(client, () => backstage.state.webhook_delay_ms);

  const wall = new Wall(byId("works", HTMLElement), byId("works-empty", HTMLElement), {
    stop: (op) => workshop.stop(op),
    again: ({ operation, prompt }) => workshop.begin(operation, prompt),
  });
  const workshop = new Workshop({
    client,
    wall,
    shelf: new Shelf(account),
    notices,
    onShort: store.offer,
    onEnd: () => void backstage.refresh(),
  });

  const composer = bindComposer((operation, prompt) => workshop.begin(operation, prompt));
  client.subscribe(() => composer.showCosts(client.operations()));
  bindActivity(client, byId("activity", HTMLElement), (entries) => workshop.reconcile(entries));
  await Promise.all([backstage.refresh(), welcomeBack(client, notices)]);
}
