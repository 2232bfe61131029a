// Reads a feed from standard input and tells, as JSON, what common parsers make of each entry.
import { readFileSync } from "node:fs";
import { parseFeed as rowan } from "@rowanmanning/feed-parser";
import { parseFeed as smith } from "feedsmith";
import RssParser from "rss-parser";

const text = readFileSync(0, "utf8");

// Atom's texts have a type besides their value.
const plain = (it) => it?.value ?? it;

const parsers = {
  feedsmith: () => {
    const { format, feed } = smith(text);
    const told = {
      rss: (it) => [plain(it.guid), it.title, it.link, it.pubDate],
      atom: (it) => [it.id, plain(it.title), it.links[0].href, it.published],
      json: (it) => [it.id, it.title, it.url, it.date_published],
    };
    return { title: plain(feed.title), entries: (feed.items ?? feed.entries).map(told[format]) };
  },
  "rss-parser": async () => {
    const feed = await new RssParser().parseString(text);
    const told = (it) => [it.guid ?? it.id, it.title, it.link, it.pubDate];
    return { title: feed.title, entries: feed.items.map(told) };
  },
  "@rowanmanning/feed-parser": () => {
    const feed = rowan(text);
    return { title: feed.title, entries: feed.items.map((it) => [it.id, it.title, it.url, it.published]) };
  },
};

const { title, entries } = await parsers[process.argv[2]]();
const moment = (date) => new Date(date).getTime() / 1000;
const told = entries.map(([id, headline, url, date]) => [id, headline, url, moment(date)]);
console.log(JSON.stringify({ title, entries: told }));
