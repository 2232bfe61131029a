// Subscribes to a feed by the package pubsubhubbub; writes each event as a line of JSON.
// Usage: node subscribe.mjs TOPIC [SECRET]. Each line of standard input is "subscribe" or "unsubscribe".
import { createHmac } from "node:crypto";
import { createInterface } from "node:readline";
import pubsubhubbub from "pubsubhubbub";

const [address, secret] = process.argv.slice(2);
const write = (event, value) => console.log(JSON.stringify({ event, ...value }));
const client = pubsubhubbub.createServer({ secret, callbackUrl: "" });

// The feed itself names its hub and its address (WebSub §4).
const links = (await fetch(address)).headers.get("link");
const [, hub] = links.match(/<([^>]*)>; rel="?hub/);
const [, topic] = links.match(/<([^>]*)>; rel="?self/);

const change = (mode) => {
  client.secret = secret;
  client.setSubscription(mode, topic, hub, (error) => error && write("refused", { text: error.responseBody }));
  // The package gives the hub this key, and takes the secret itself for that of signatures.
  client.secret = secret && createHmac("sha1", secret).update(topic).digest("hex");
};

client.on("listen", () => {
  client.callbackUrl = `http://127.0.0.1:${client.server.address().port}/callback`;
  write("listens", { topic, hub });
  createInterface({ input: process.stdin }).on("line", change).on("close", () => process.exit());
});
client.on("subscribe", ({ topic, lease }) => write("subscribed", { topic, lease }));
client.on("unsubscribe", ({ topic }) => write("unsubscribed", { topic }));
client.on("denied", ({ topic }) => write("denied", { topic }));
client.on("feed", ({ topic, feed, headers }) => {
  write("feed", { topic, text: feed.toString(), type: headers["content-type"], signature: headers["x-hub-signature"] });
});
client.listen(0, "127.0.0.1");
