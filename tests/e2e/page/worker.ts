// A page's worker that holds a client: no DOM here.
import { createCredits } from "creditpack";

interface Start {
  readonly endpoint: string;
  readonly account: string;
  readonly token: string;
}

addEventListener("message", async ({ data }: MessageEvent<Start>) => {
  const { endpoint, account, token } = data;
  const credits = createCredits({ endpoint, account, getToken: async () => token });
  await credits.ready;
  credits.spend("image");
  const tell = () => {
    const { shown, available, phase } = credits.getSnapshot();
    postMessage({ shown, available, phase });
  };
  credits.subscribe(tell);
  tell();
});
