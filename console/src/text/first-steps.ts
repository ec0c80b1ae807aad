/** The life of one message as lines to paste, for each tool. A test runs them all. */

import { curlHeaders, quoted, type Asker } from "./curl.ts";

export const TOOLS = { curl: "curl", python: "Python", typescript: "TypeScript", sukkal: "sukkal" } as const;
export type Tool = keyof typeof TOOLS;

export interface FirstStepsOf extends Asker {
  /** Of the service, with a slash at its end. */
  readonly url: string;
  readonly queue: string;
}

export interface FirstSteps {
  /** What the lines need. */
  readonly needs: string;
  readonly post: string;
  readonly claim: string;
  readonly remove: string;
  /** What has to be taken from the answer before; null: nothing. */
  readonly taken: string | null;
}

export function firstSteps(tool: Tool, of: FirstStepsOf): FirstSteps {
  return WRITERS[tool](of);
}

const BODY = `{"resize": "cat.png"}`;

const CREDENTIALS: Readonly<Record<Asker["way"], string>> = {
  key: "SUKKAL_KEY is the key that you have signed in with.",
  token: "OS_TOKEN is the token that you have signed in with.",
  project: "",
};

function needsOf(what: string, way: Asker["way"]): string {
  return [what, CREDENTIALS[way]].filter((sentence) => sentence !== "").join(" ");
}

const WRITERS: Readonly<Record<Tool, (of: FirstStepsOf) => FirstSteps>> = {
  curl({ url, queue, ...asker }) {
    const headers = curlHeaders(asker);
    const messages = `{"messages": [{"body": ${BODY}, "ttl": 3600}]}`;
    return {
      needs: needsOf("", asker.way),
      post: `curl -s ${url}v2/queues/${queue}/messages \\\n  ${headers} \\\n  --json '${messages}'`,
      claim: [
        `curl -s '${url}v2/queues/${queue}/claims?limit=1'`,
        headers,
        `-H 'Prefer: wait=20' --json '{"ttl": 300, "grace": 60}'`,
      ].join(" \\\n  "),
      remove: `curl -s -X DELETE "${new URL(url).origin}$HREF" \\\n  ${headers}`,
      taken: "HREF is the href of the message in the answer before.",
    };
  },

  python({ url, way, project, queue }) {
    const credential = {
      key: `"Authorization": "Bearer " + os.environ["SUKKAL_KEY"]`,
      token: `"X-Auth-Token": os.environ["OS_TOKEN"]`,
      project: `"X-Project-ID": ${JSON.stringify(project)}`,
    }[way];
    const path = `${url}v2/queues/${queue}`;
    return {
      needs: needsOf("With the package requests.", way),
      post: [
        "import os, uuid, requests",
        "service = requests.Session()",
        `service.headers.update({${credential}, "Client-ID": str(uuid.uuid4())})`,
        `message = {"body": ${BODY}, "ttl": 3600}`,
        `print(service.post("${path}/messages", json={"messages": [message]}).json())`,
      ].join("\n"),
      claim: [
        `answer = service.post(`,
        `    "${path}/claims?limit=1",`,
        `    headers={"Prefer": "wait=20"},`,
        `    json={"ttl": 300, "grace": 60},`,
        `)`,
        `claim = answer.json()`,
        `print(claim["messages"][0]["body"])`,
      ].join("\n"),
      remove: `service.delete("${new URL(url).origin}" + claim["messages"][0]["href"])`,
      taken: null,
    };
  },

  typescript({ url, way, project, queue }) {
    const credential = {
      key: "key: process.env.SUKKAL_KEY",
      token: `token: () => process.env.OS_TOKEN ?? ""`,
      project: `project: ${JSON.stringify(project)}`,
    }[way];
    return {
      needs: needsOf("With the package sukkal.", way),
      post: [
        `import { Sukkal } from ${JSON.stringify("sukkal/client")};`,
        `const jobs = new Sukkal({ url: "${url}", ${credential} }).queue("${queue}");`,
        `await jobs.post({ resize: "cat.png" }, { ttl: 3600 });`,
      ].join("\n"),
      claim: [
        `const claim = await jobs.claim({ limit: 1, lease: 300, wait: 20 });`,
        `console.log(claim?.messages[0]?.body);`,
      ].join("\n"),
      remove: `await claim?.settle({ delete: claim.messages.map(({ id }) => id) });`,
      taken: null,
    };
  },

  sukkal({ url, way, project, queue }) {
    const credential = {
      key: "SUKKAL_KEY",
      token: `SUKKAL_TOKEN="$OS_TOKEN"`,
      project: `SUKKAL_PROJECT=${quoted(project)}`,
    }[way];
    return {
      needs: needsOf("With the command line of the package sukkal.", way),
      post: `export SUKKAL_URL=${url} ${credential}\nsukkal post ${queue} '${BODY}' --ttl 1h`,
      claim: `sukkal claim ${queue} --limit 1 --lease 5m --wait 20 | tee claim`,
      remove: `sukkal ack ${queue} "$(cut -f 1 claim)" --all`,
      taken: null,
    };
  },
};
