import "creditpack/elements";
import { byId } from "./element.ts";
import { Notices } from "./notices.ts";
import { studio } from "./studio.ts";

const notices = new Notices(byId("notices", HTMLElement));

studio(notices).catch((error: unknown) => {
  console.error(error);
  const text = "Studio could not be reached. Reload to try again.";
  notices.show({ text, tone: "bad", passing: false });
});
