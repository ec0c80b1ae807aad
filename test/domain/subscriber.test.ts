/** The URIs of subscribers, and their kinds. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkSubscriber, parseSubscriber, SUBSCRIBER_KINDS } from "../../src/domain/subscriber.ts";

describe("a URI", () => {
  test.each([
    ["http://example.com/hook?a=b", "http", "http://example.com/hook?a=b"],
    ["https://example.com/", "https", "https://example.com/"],
    ["HTTP://Example.com/", "http", "HTTP://Example.com/"],
    ["trust+http://example.com/v2", "trust+http", "http://example.com/v2"],
    ["trust+https://example.com/v2", "trust+https", "https://example.com/v2"],
    ["TRUST+HTTPS://example.com/", "trust+https", "HTTPS://example.com/"],
  ])("%s is a subscriber of kind %s", (uri, kind, url) => {
    expect(parseSubscriber(uri)).toEqual({ kind, url });
  });

  test.each([
    ["without a scheme", "fake"],
    ["of nothing", ""],
    ["that begins with its colon", "://example.com"],
    ["of FTP", "ftp://example.com"],
    ["of a kind that sounds like mail", "email://fake"],
    ["of a file", "file:///etc/passwd"],
    ["of a trust in nothing", "trust+mailto:a@example.com"],
    ["of a trust alone", "trust://example.com"],
    ["of two trusts", "trust+trust+http://example.com"],
    ["with a blank before its scheme", " http://example.com"],
    ["with a line in its scheme", "ht\ntp://example.com"],
    ["with a digit before its scheme", "1http://example.com"],
    ["whose scheme goes on", "httpx://example.com"],
    ["that names its scheme later", "x?http://example.com"],
  ])("%s is none", (_, uri) => {
    expect(parseSubscriber(uri)).toBeNull();
  });
});

describe("the address of a mail", () => {
  const addressOf = (uri: string): unknown => {
    const subscriber = parseSubscriber(uri);
    return subscriber?.kind === "mailto" ? subscriber.mailbox.address : undefined;
  };

  test.each([
    ["mailto:ops@example.com", "ops@example.com"],
    ["MAILTO:Ops@Example.com", "Ops@Example.com"],
    ["mailto:first.last+tag@mail.example.com", "first.last+tag@mail.example.com"],
    ["mailto:first%2Btag%40example.com", "first+tag@example.com"],
    ["mailto:ops@localhost", "ops@localhost"],
    ["mailto:ops@example.com?subject=x", "ops@example.com"],
    ["mailto:ops@example.com#fragment", "ops@example.com"],
    [`mailto:${"a".repeat(242)}@example.com`, `${"a".repeat(242)}@example.com`],
    [`mailto:ops@${"a".repeat(63)}.example`, `ops@${"a".repeat(63)}.example`],
    // Not allowed by RFC 5321, but such mailboxes exist.
    ["mailto:first..last.@example.com", "first..last.@example.com"],
  ])("%s is %s", (uri, address) => {
    expect(addressOf(uri)).toBe(address);
  });

  test.each([
    ["is missing", "mailto:"],
    ["is missing before the query", "mailto:?subject=x"],
    ["is no address", "mailto:ops"],
    ["has no local part", "mailto:@example.com"],
    ["has no domain", "mailto:ops@"],
    ["is a list", "mailto:a@example.com,b@example.com"],
    ["has a name", "mailto:Ops <ops@example.com>"],
    ["is an authority", "mailto://ops@example.com"],
    ["begins a header", "mailto:ops@example.com\r\nBcc: all@example.com"],
    ["begins a header in escapes", "mailto:ops@example.com%0D%0ABcc:all@example.com"],
    ["ends in a line", "mailto:ops@example.com\n"],
    ["has a broken escape", "mailto:ops%@example.com"],
    ["is not ASCII", "mailto:öps@example.com"],
    ["is too long", `mailto:${"a".repeat(243)}@example.com`],
    ["has a label of 64 characters", `mailto:ops@${"a".repeat(64)}.example`],
    ["has an empty label", "mailto:ops@example..com"],
    ["has a label that begins with a dash", "mailto:ops@-example.com"],
    ["has a label that ends with a dash", "mailto:ops@example-.com"],
  ])("that %s is none, and nobody can be subscribed by it", (_, uri) => {
    expect(addressOf(uri)).toBeNull();
    expect(checkSubscriber(uri, SUBSCRIBER_KINDS)).toMatchObject({ failure: { kind: "subscription-invalid" } });
  });
});

describe("the subject of a mail", () => {
  const subjectOf = (query: string): unknown => {
    const subscriber = parseSubscriber(`mailto:ops@example.com${query}`);
    return subscriber?.kind === "mailto" ? subscriber.mailbox.subject : undefined;
  };

  test.each([
    ["is not there without a query", "", null],
    ["is not there in another query", "?cc=b@example.com&body=x", null],
    ["is not there when it is empty", "?subject=", null],
    ["is decoded", "?subject=Queue%20is%20full%21", "Queue is full!"],
    ["has blanks for plus signs", "?subject=a+b", "a b"],
    ["is found among others", "?cc=b@example.com&subject=x&body=y", "x"],
    ["is found in any case", "?Subject=x", "x"],
    ["is the last of several", "?subject=a&SUBJECT=b&subject=", "b"],
    ["ends at a fragment", "?subject=a#b", "a"],
    ["may hold question marks", "?subject=why?", "why?"],
    ["may hold any script", "?subject=%C3%A9%F0%9F%98%80", "é😀"],
    ["is one line", "?subject=a%0D%0ABcc:%20all@example.com%00", "a Bcc: all@example.com "],
  ])("%s", (_, query, subject) => {
    expect(subjectOf(query)).toBe(subject);
  });

  test("has no line break, whatever the URI holds", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", "\0", "\r", "\n", "\u0085", "\u2028", "\u2029", "😀", "%") }),
        (text) => {
          const subject = subjectOf(`?subject=${encodeURIComponent(text)}`);
          expect(subject ?? "").not.toMatch(/[\p{Cc}\u2028\u2029]/u);
        },
      ),
    );
  });
});

describe("the service allows", () => {
  test("all kinds by default, else only those it lists", () => {
    const uris = ["http://a", "https://a", "mailto:a@b", "trust+http://a", "trust+https://a"];
    const allowedOf = (kinds: typeof SUBSCRIBER_KINDS): boolean[] => uris.map((uri) => checkSubscriber(uri, kinds).ok);
    expect(allowedOf(SUBSCRIBER_KINDS)).toEqual([true, true, true, true, true]);
    expect(allowedOf(["https", "trust+http"])).toEqual([false, true, false, true, false]);
    expect(allowedOf([])).toEqual([false, false, false, false, false]);
  });

  test.each([
    [SUBSCRIBER_KINDS, "['http', 'https', 'mailto', 'trust+http', 'trust+https']"],
    [["https"] as const, "['https']"],
    [[], "[]"],
  ])("what its refusal lists", (kinds, list) => {
    const reason = `The subscriber type of subscription must be supported in the list ${list}.`;
    expect(checkSubscriber("ftp://x", kinds)).toEqual({ ok: false, failure: { kind: "subscription-invalid", reason } });
  });
});

describe("a subscriber is refused", () => {
  test.each([
    ["at a port above the last", "http://example.com:65536/", /no port above 65535/],
    ["at a port that is no number", "http://example.com:x/", /no URL/],
    ["without a host", "http://", /name or address of a host/],
    ["with a path where a host belongs", "http:///hook", /name or address of a host/],
    ["at an address that does not end", "http://[bad/x", /no URL/],
    ["at an address of five numbers", "http://1.2.3.4.5/", /no URL/],
    ["at a name with an empty label", "http://a..b/", /no URL/],
    ["with a user", "http://user@example.com/", /must not hold a user/],
    ["with a password", "https://:secret@example.com/", /must not hold a user/],
    ["in a list", "mailto:a@example.org,b@example.org", /one mailbox/],
    ["by a name of a mailbox", "mailto:Ops <ops@example.org>", /one mailbox/],
  ])("%s", (_, uri, reason) => {
    for (const subscriber of uri.startsWith("mailto") ? [uri] : [uri, `trust+${uri}`]) {
      const checked = checkSubscriber(subscriber, SUBSCRIBER_KINDS);
      expect(checked).toMatchObject({ ok: false, failure: { kind: "subscription-invalid" } });
      expect(JSON.stringify(checked)).toMatch(reason);
      expect(JSON.stringify(checked)).not.toContain("secret");
    }
  });

  test.each([
    "http://example.com:65535/",
    "http://127.0.0.1/",
    "http://169.254.169.254/",
    "http://localhost:22/",
    "http://fake:8080",
    "http://under_score.example",
    "http://[::1]:8888/",
    "https://bücher.example/",
    "http://example.com?x=http:///",
    "http://example.com/a b",
    "http://a\\@b/",
    "mailto:fake@123.com",
    "mailto:ops@localhost",
  ])("but at %s, wherever that may lead", (uri) => {
    expect(checkSubscriber(uri, SUBSCRIBER_KINDS).ok).toBe(true);
  });
});
