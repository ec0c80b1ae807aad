/** Assertions about answers, in terms of the API. An import of this file, such as that of the typed client, installs them. */
import { expect } from "vitest";
import { UNTITLED } from "./request-actions.ts";
import type { Answer } from "./request.ts";

declare module "vitest" {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> {
    /** Messages (of a list, a claim, a pop) with exactly these bodies, in this order. */
    toHoldBodies(...bodies: readonly unknown[]): R;
    /** A refusal in the API's format. Without a title, every title matches. */
    toRefuse(status: number, title?: string): R;
    /** An answer with this status, refused or not. */
    toAnswer(status: number): R;
    /** A 401 in Keystone's format, with these challenges. */
    toDemand(challenges: string): R;
  }
}

type Held = readonly { readonly body: unknown }[];

/** Framework errors have no description. */
const BARE_TITLES = ["404 Not Found", "405 Method Not Allowed"];

expect.extend({
  toHoldBodies(received: Held | { readonly messages: Held }, ...bodies: readonly unknown[]) {
    const held = ("messages" in received ? received.messages : received).map((message) => message.body);
    return {
      pass: this.equals(held, bodies),
      message: () => `expected bodies ${JSON.stringify(bodies)}, got ${JSON.stringify(held)}`,
      actual: held,
      expected: bodies,
    };
  },

  toRefuse(received: Answer, status: number, title?: string) {
    const defect = defectOfRefusal(received, status, title);
    return {
      pass: defect === null,
      message: () =>
        `expected ${status} ${title ?? ""}, got ${received.status}: ${received.text} (${defect ?? "as expected"})`,
    };
  },

  toAnswer(received: Answer, status: number) {
    return {
      pass: received.status === status,
      message: () => `expected ${status}, got ${received.status}: ${received.text}`,
    };
  },

  toDemand(received: Answer, challenges: string) {
    const { status, text, headers } = received;
    const actual = [status, headers.get("Content-Type"), headers.get("WWW-Authenticate"), text];
    const expected = [401, "application/json", challenges, UNAUTHORIZED];
    return {
      pass: this.equals(actual, expected),
      message: () => `expected ${expected.join("\n")}\ngot ${actual.join("\n")}`,
      actual,
      expected,
    };
  },
});

/** The body of keystonemiddleware's 401, except for its blanks, with our code. */
const UNAUTHORIZED =
  '{"error":{"code":401,"title":"Unauthorized","message":"The request you have made requires authentication."},' +
  '"code":"unauthenticated"}';

function defectOfRefusal(answer: Answer, status: number, title: string | undefined): string | null {
  if (answer.status !== status) return "status";
  if (answer.headers.get("Content-Type") !== "application/json") return "content type";
  const error = answer.json as Readonly<Record<string, unknown>>;
  if (typeof error["code"] !== "string" || !/^[a-z]+(-[a-z]+)*$/.test(error["code"])) return "code";
  if (error["title"] === UNTITLED) return typeof error["description"] === "string" ? null : "description";
  if (typeof error["title"] !== "string" || (title !== undefined && error["title"] !== title)) return "title";
  const isOfFramework = /^\d/.test(error["title"]);
  if (isOfFramework && answer.headers.get("Vary") !== "Accept") return "Vary";
  const members = Object.keys(error).toSorted().join(" ");
  const expected = BARE_TITLES.includes(error["title"])
    ? "code title"
    : status === 406
      ? "code description link title"
      : "code description title";
  if (members !== expected) return `members: ${members}`;
  if (expected !== "code title" && (typeof error["description"] !== "string" || error["description"] === ""))
    return "description";
  return null;
}
