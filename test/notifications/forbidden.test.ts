/**
 * Forbidden destinations: a server on this machine gets no request, however the URL of a subscriber is spelled, changed or
 * redirected, and the owner of the subscription sees the reason.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { hostname, networkInterfaces } from "node:os";
import { before, describe, test } from "node:test";
import { Listener, LOOPBACK, Receiver } from "./listener.ts";
import { OPEN, Service, Subscription, until, type Answer } from "./service.ts";

let service: Service;
let canary: Listener;
let port: number;

before(async () => {
  service = await Service.with({});
  // All addresses of this machine, IPv4 and IPv6.
  canary = await Listener.listen((socket) => void socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), "::");
  ({ port } = canary);
});

const HOST_BREAKERS: readonly (readonly [what: string, host: string])[] = [
  ["loopback", "127.0.0.1"],
  ["another loopback", "127.255.255.254"],
  ["one number", "2130706433"],
  ["one hexadecimal number", "0x7f000001"],
  ["one octal number", "017700000001"],
  ["a number with leading zeros", "00000000002130706433"],
  ["octal parts", "0177.0.0.01"],
  ["hexadecimal parts", "0x7f.0x0.0x0.0x1"],
  ["parts of every kind", "0x7f.0.01"],
  ["two parts", "127.1"],
  ["three parts", "127.0.1"],
  ["a part of three bytes", "127.0x000001"],
  ["a dot at the end", "127.0.0.1."],
  ["two dots at the end", "127.0.0.1.."],
  ["digits of another width", "１２７.０.０.１"],
  ["digits in circles", "①②⑦.⓪.⓪.①"],
  ["a dot of another script", "127。0。0。1"],
  ["escaped digits", "%31%32%37.0.0.1"],
  ["nothing", "0"],
  ["nothing in four parts", "0.0.0.0"],
  ["an octal nothing", "00"],
  ["IPv6's loopback", "[::1]"],
  ["IPv6's loopback at length", "[0000:0000:0000:0000:0000:0000:0000:0001]"],
  ["IPv6's nothing", "[::]"],
  ["IPv4 mapped into IPv6", "[::ffff:127.0.0.1]"],
  ["IPv4 mapped into IPv6, in hexadecimal", "[::ffff:7f00:1]"],
  ["IPv4 in IPv6, the old way", "[::127.0.0.1]"],
  ["IPv4 translated to IPv6", "[::ffff:0:127.0.0.1]"],
  ["NAT64", "[64:ff9b::7f00:1]"],
  ["NAT64, in decimals", "[64:ff9b::127.0.0.1]"],
  ["local NAT64", "[64:ff9b:1::7f00:1]"],
  ["6to4", "[2002:7f00:1::]"],
  ["Teredo", "[2001:0:7f00:1::]"],
  ["a zone", "[fe80::1%25lo]"],
  ["a unique local address", "[fd00::1]"],
  ["localhost", "localhost"],
  ["localhost in capitals", "LOCALHOST"],
  ["localhost with a dot", "localhost."],
  ["localhost with two dots", "localhost.."],
  ["a name below localhost", "canary.localhost"],
  ["a name below localhost, with a dot", "canary.localhost."],
  ["localhost of the first days", "localhost.localdomain"],
  ["localhost in letters of another width", "ｌｏｃａｌｈｏｓｔ"],
  ["localhost with an invisible letter", "local\u00adhost"],
  ["the long s in localhost", "localho\u017ft"],
  ["a private network", "10.0.0.1"],
  ["a link-local address", "169.254.169.254"],
  ["broadcast", "255.255.255.255"],
  ["this machine by its name", hostname()],
  ...ownAddresses().map((address) => ["an address of this machine", address] as const),
  ...ownNames().map((name) => ["a name of loopback in /etc/hosts", name] as const),
];

describe("a subscriber at", () => {
  leadNowhere(
    HOST_BREAKERS.map(([what, host]) => ({
      name: `${what} (${host}) hears nothing`,
      url: () => `http://${host}:${port}/${encodeURIComponent(what)}`,
    })),
  );
});

/** `%` stands for the canary's port. */
const SPELLINGS: readonly (readonly [what: string, url: string])[] = [
  ["another host in front of an @", "http://example.com@127.0.0.1:%/"],
  ["another host and a password in front of an @", "http://example.com:80@127.0.0.1:%/"],
  ["nothing in front of an @", "http://@127.0.0.1:%/"],
  ["two @", "http://example.com@example.com@127.0.0.1:%/"],
  ["a backslash in front of an @", "http://127.0.0.1:%\\@example.com/"],
  ["a backslash behind the host", "http://127.0.0.1:%\\.example.com/"],
  ["backslashes for slashes", "http:\\\\127.0.0.1:%\\"],
  ["no slashes", "http:127.0.0.1:%/"],
  ["one slash", "http:/127.0.0.1:%/"],
  ["many slashes", "http://///127.0.0.1:%/"],
  ["a tab in the host", "http://127.0\t.0.1:%/"],
  ["a line's end in the host", "http://127.0.0\r\n.1:%/"],
  ["a tab in the scheme", "ht\ttp://127.0.0.1:%/"],
  ["blanks around it", " http://127.0.0.1:%/ "],
  ["a control character in front", "\u0000http://127.0.0.1:%/"],
  ["a nought behind the host", "http://127.0.0.1\u0000.example.com:%/"],
  ["an escaped nought behind the host", "http://127.0.0.1%00.example.com:%/"],
  ["a fragment behind the host", "http://127.0.0.1:%#@example.com/"],
  ["a query behind the host", "http://127.0.0.1:%?@example.com/"],
  ["capitals", "HTTP://127.0.0.1:%/"],
  ["leading zeros of the port", "http://127.0.0.1:0%/"],
  ["TLS", "https://127.0.0.1:%/"],
  ["TLS and a name", "https://localhost:%/"],
  ["a token of Keystone", "trust+http://127.0.0.1:%/"],
  ["a token of Keystone and TLS", "trust+https://127.0.0.1:%/"],
  ["a token of Keystone twice", "trust+trust+http://127.0.0.1:%/"],
  ["a token of Keystone in capitals", "TRUST+HTTP://127.0.0.1:%/"],
  ["another scheme", "gopher://127.0.0.1:%/_GET"],
  ["a file", "file://127.0.0.1/etc/hosts"],
  ["a socket", "http+unix://127.0.0.1:%/"],
  ["mail", "mailto:canary@127.0.0.1:%"],
];

describe("a subscriber spelled with", () => {
  leadNowhere(
    SPELLINGS.map(([what, url]) => ({ name: `${what} hears nothing`, url: () => url.replace(/:(0?)%/, `:$1${port}`) })),
  );
});

describe("nothing leads to the canary", () => {
  test("by a change of the subscriber, before its first message or after", async () => {
    const queue = service.queue();
    const early = await queue.subscribe("http://0.0.0.1:1/", NO_RETRIES);
    await early.patch({ subscriber: `http://${LOOPBACK}:${port}/canary` });
    await queue.post("a");
    await isKeptAway(early);
    const late = await queue.subscribe("http://0.0.0.2:1/", NO_RETRIES);
    await queue.post("b");
    await isKeptAway(late);
    await late.patch({ subscriber: `http://localhost:${port}/canary` });
    await queue.post("c");
    await isKeptAway(late);
  });

  test("by headers that speak of it", async () => {
    const post_headers = { Host: `${LOOPBACK}:${port}`, "X-Forwarded-Host": LOOPBACK };
    const queue = service.queue();
    const subscription = await queue.subscribe(`http://localhost:${port}/canary`, { ...NO_RETRIES, post_headers });
    await queue.post("a");
    await isKeptAway(subscription);
  });

  test("by headers that would be more than headers", async () => {
    for (const post_headers of [
      { ":authority": LOOPBACK },
      { "X-A": `b\r\nHost: ${LOOPBACK}` },
      { "X-A\r\nHost": LOOPBACK },
    ]) {
      const refused = await service.queue().trySubscribe(`http://localhost:${port}/canary`, { post_headers });
      assert.ok(!(refused instanceof Subscription));
      assert.equal(refused.status, 400, refused.text);
    }
  });

  test("by a second chance for what was given up", async () => {
    const queue = service.queue();
    const subscription = await queue.subscribe(`http://${LOOPBACK}:${port}/canary`, NO_RETRIES);
    await queue.post("a");
    await isKeptAway(subscription);
    await subscription.redeliver();
    await isKeptAway(subscription);
  });
});

describe("where private receivers are allowed", { concurrency: true }, () => {
  let open: Service;
  before(async () => {
    open = await Service.with(OPEN);
  });

  test("the canary would have heard", async () => {
    const hearing = await Receiver.listen();
    const queue = open.queue();
    for (const host of ["127.0.0.1", "2130706433", "0x7f.1", "localhost", "[::ffff:127.0.0.1]"]) {
      await queue.subscribe(`http://${host}:${hearing.port}/${encodeURIComponent(host)}`, NO_RETRIES);
    }
    await queue.post("a");
    await until("every spelling has led to it", () => (hearing.received.length === 5 ? true : null));
  });

  test("the host that is called is the one that was judged, whatever post_headers say", async () => {
    const hearing = await Receiver.listen();
    const queue = open.queue();
    await queue.subscribe(hearing.url, {
      ...NO_RETRIES,
      post_headers: { host: "forged.example", Connection: "upgrade" },
    });
    await queue.post("a");
    await until("it has heard", () => (hearing.received.length === 1 ? true : null));
    assert.equal(hearing.received[0]?.headers.host, `${LOOPBACK}:${hearing.port}`);
    assert.notEqual(hearing.received[0]?.headers.connection, "upgrade");
  });

  for (const other of [6667, 6379, 11_211, 10_080]) {
    test(`port ${other} of other protocols stays closed`, async (t) => {
      const listener = await Listener.listen((socket) => void socket.end(), LOOPBACK, other).catch(() => null);
      if (listener === null) return t.skip("somebody else has it");
      const queue = open.queue();
      const subscription = await queue.subscribe(`http://${LOOPBACK}:${other}/`, NO_RETRIES);
      await queue.post("a");
      await isKeptAway(subscription, ["blocked"]);
      assert.equal(listener.connections, 0);
    });
  }

  for (const host of ["169.254.169.254", "[fd00:ec2::254]", "metadata.google.internal", "metadata", "0", "[::]"]) {
    test(`the machine's own secrets stay closed at ${host}`, async () => {
      const queue = open.queue();
      const subscription = await queue.subscribe(`http://${host}/latest/meta-data/`, NO_RETRIES);
      await queue.post("a");
      await isKeptAway(subscription, ["blocked"]);
    });
  }
});

/** The statuses of refused subscriptions. 503: it needs Keystone, which this service does not have. */
const REFUSALS = [400, 503];
/** The outcomes that the owner may see for an attempt without a request. */
const KEPT_AWAY = ["blocked", "unreachable", "invalid"];
const NO_RETRIES = {
  _retry_policy: { retries_with_no_delay: 0, minimum_delay_retries: 0, minimum_delay: 60, maximum_delay: 3600 },
};

/** A test for each subscriber: either the service refuses it, or nothing is sent to it and its owner sees that. */
function leadNowhere(cases: readonly { readonly name: string; readonly url: () => string }[]): void {
  const subscribed = new Map<string, Subscription | Answer>();
  before(async () => {
    const queue = service.queue();
    for (const { name, url } of cases) subscribed.set(name, await queue.trySubscribe(url(), NO_RETRIES));
    await queue.post("a");
  });
  for (const { name } of cases) {
    test(name, async () => {
      const outcome = subscribed.get(name);
      if (outcome instanceof Subscription) await isKeptAway(outcome);
      else assert.ok(outcome !== undefined && REFUSALS.includes(outcome.status), outcome?.text);
      assert.deepEqual({ connections: canary.connections, heard: canary.heard }, { connections: 0, heard: [] });
    });
  }
}

async function isKeptAway(subscription: Subscription, outcomes: readonly string[] = KEPT_AWAY): Promise<void> {
  const { attempts, delivered } = await subscription.attempted();
  assert.equal(delivered, 0);
  assert.equal(canary.connections, 0);
  for (const { outcome, status } of attempts) {
    assert.ok(outcomes.includes(outcome), `the outcome is ${outcome}`);
    assert.equal(status, null);
  }
}

/** The machine's addresses in private networks. */
function ownAddresses(): readonly string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const isPrivate = /^(?:10\.|127\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|::1$|f[cd])/;
  return addresses
    .filter(({ address }) => isPrivate.test(address))
    .map(({ address, family }) => (family === "IPv6" ? `[${address}]` : address));
}

function ownNames(): readonly string[] {
  let lines: readonly string[] = [];
  try {
    lines = readFileSync("/etc/hosts", "utf8").split("\n");
  } catch {
    // A machine without IPv6 has no such names.
  }
  return lines.flatMap((line) => {
    const [address = "", ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    return /^127\.|^::1$/.test(address) ? names : [];
  });
}
