/** The format of mails, byte by byte, and as another project's parser reads them. */
import fc from "fast-check";
import PostalMime, { type Email } from "postal-mime";
import { describe, expect, test } from "vitest";
import { encodeMail, type Mail } from "../../src/delivery/mime.ts";
import { toEpochMs } from "../../src/domain/time.ts";

const NOW = toEpochMs(Date.UTC(2026, 10, 5, 9, 3, 7));

const MAIL: Mail = {
  id: "5d1e_7f3a",
  from: { address: "queues@example.test", name: "" },
  to: "ops@example.org",
  subject: "News",
  text: '{"ttl": 300}',
};

describe("a mail", () => {
  test("is headers and its text", () => {
    expect(encodeMail(MAIL, NOW).split("\r\n")).toEqual([
      "Date: Thu, 05 Nov 2026 09:03:07 +0000",
      "Message-ID: <5d1e_7f3a@example.test>",
      "From: <queues@example.test>",
      "To: <ops@example.org>",
      "Subject: News",
      "Auto-Submitted: auto-generated",
      "MIME-Version: 1.0",
      "Content-Type: text/plain; charset=utf-8",
      "Content-Transfer-Encoding: 7bit",
      "",
      '{"ttl": 300}',
      "",
    ]);
  });

  test.each([
    ["short ASCII", "a\tb", "7bit"],
    ["a line of 998 characters", "x".repeat(998), "7bit"],
    ["a line of 999 characters", "x".repeat(999), "base64"],
    ["two lines of 998", `${"x".repeat(998)}\n${"y".repeat(998)}`, "7bit"],
    ["letters that are not ASCII", "é", "base64"],
    ["a control character", "\u0007", "base64"],
  ])("encodes %s suitably: %#", async (_, text, encoding) => {
    const encoded = encodeMail({ ...MAIL, text }, NOW);
    expect(encoded).toContain(`\r\nContent-Transfer-Encoding: ${encoding}\r\n`);
    expect(textOf(await parsed({ text }))).toBe(text);
  });

  test.each([
    ["", "<queues@example.test>"],
    ["Queues", '"Queues" <queues@example.test>'],
    ['The "best", \\ever', '"The \\"best\\", \\\\ever" <queues@example.test>'],
    ["Wärter", "=?utf-8?B?V8OkcnRlcg==?=\r\n <queues@example.test>"],
    ["x".repeat(48), `"${"x".repeat(48)}" <queues@example.test>`],
    ["x".repeat(49), `"${"x".repeat(49)}"\r\n <queues@example.test>`],
  ])("is from somebody called %j", async (name, header) => {
    const from = { address: "queues@example.test", name };
    expect(encodeMail({ ...MAIL, from }, NOW)).toContain(`\r\nFrom: ${header}\r\n`);
    expect((await parsed({ from })).from).toEqual(from);
  });

  test("is parsed back to its subject and text, whatever they are", async () => {
    const line = fc.string({ unit: "grapheme", maxLength: 200 }).map((text) => text.replace(/\p{Cc}/gu, "").trim());
    const text = fc.array(line, { maxLength: 5 }).map((lines) => lines.join("\n"));
    await fc.assert(
      fc.asyncProperty(line, text, async (subject, body) => {
        const mail = await parsed({ subject, text: body });
        expect(mail.subject ?? "").toBe(subject);
        expect(textOf(mail)).toBe(body.trimEnd());
      }),
      { numRuns: 50 },
    );
  });

  test("is ASCII in short lines, whatever its content", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary", maxLength: 1200 }), (subject, text) => {
        const oneLine = subject.replace(/\p{Cc}/gu, "");
        const lines = encodeMail({ ...MAIL, subject: oneLine, text }, NOW).split("\r\n");
        expect(lines.filter((each) => !/^[\t\x20-\x7e]{0,998}$/.test(each))).toEqual([]);
        expect(lines.filter((each) => each === "")).not.toHaveLength(0);
      }),
      { numRuns: 30 },
    );
  });

  test.each(["Ä", "é", "🐢", "字", "aé", "x".repeat(11)])(
    "keeps a long name and subject of %j in lines of 76 characters, and no character in two words",
    async (piece) => {
      // Every position at which a word could end within a character.
      for (let length = 30; length < 60; length++) {
        const text = piece.repeat(length);
        const from = { address: "queues@example.test", name: text };
        const [head = ""] = encodeMail({ ...MAIL, subject: text, from }, NOW).split("\r\n\r\n");
        const lines = head.split("\r\n").filter((line) => line.includes("=?"));
        expect(lines.length).toBeGreaterThan(1);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(76);
        for (const [, word = ""] of head.matchAll(/=\?utf-8\?B\?([^?]*)\?=/g)) {
          const bytes = Uint8Array.from(atob(word), (character) => character.charCodeAt(0));
          expect(() => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)).not.toThrow();
        }
        const mail = await parsed({ subject: text, from });
        expect([mail.subject, mail.from]).toEqual([text, from]);
      }
    },
  );

  test("fills the lines of a long subject", () => {
    const subject = "Ä".repeat(200);
    const [, folded = ""] = /\r\n(Subject: (?:.*\r\n )*.*)\r\n/.exec(encodeMail({ ...MAIL, subject }, NOW)) ?? [];
    const lengths = folded.split("\r\n").map((line) => line.length);
    // Words of 38 and 44 bytes: each letter has two bytes.
    expect(lengths).toEqual([73, ...Array.from({ length: 8 }, () => 73), 29]);
  });

  test("encodes a subject that looks like an encoded word", async () => {
    expect((await parsed({ subject: "=?utf-8?B?SGVsbG8=?=" })).subject).toBe("=?utf-8?B?SGVsbG8=?=");
  });
});

/** Without the line break at the end and the kind of line breaks, which mail does not preserve. */
function textOf(mail: Email): string {
  return (mail.text ?? "").replaceAll("\r\n", "\n").trimEnd();
}

async function parsed(change: Partial<Mail>) {
  return await PostalMime.parse(encodeMail({ ...MAIL, ...change }, NOW));
}
