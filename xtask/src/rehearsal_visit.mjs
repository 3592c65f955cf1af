// Visits the demo as a page would and tells who it was and how many credits that visitor has. A new
// visitor, one without a cookie, is given seven.
const [url, cookie] = process.argv.slice(-2);

const visited = await asked(`${url}/api/config`, { headers: { cookie } });
const { endpoint, account } = await visited.json();
const visitor = cookie || visited.headers.get("set-cookie").split(";")[0];
if (!cookie) {
  const grant = { id: account, account, credits: 7, reason: "rehearsal" };
  await asked(`${endpoint}/v1/grants`, {
    method: "POST",
    headers: bearing(process.env.CREDITPACK_SECRET_KEY),
    body: JSON.stringify(grant),
  });
}
const minted = await asked(`${url}/api/token`, { method: "POST", headers: { cookie: visitor } });
const { token } = await minted.json();
const read = await asked(`${endpoint}/v1/account?account=${account}`, { headers: bearing(token) });
console.log(`${visitor} ${(await read.json()).available}`);

async function asked(address, request) {
  const response = await fetch(address, request);
  if (response.ok) return response;
  throw new Error(`${address} answered ${response.status}: ${await response.text()}`);
}

function bearing(secret) {
  return { authorization: `Bearer ${secret}`, "content-type": "application/json" };
}
