/** deploy/kubernetes.yaml beside the image and the service: what would fail in a cluster only. There is none here. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseAllDocuments } from "yaml";
import { STOP_MS_MAX } from "../../scripts/workerd.ts";
import { ROOT } from "../../scripts/wrangler.ts";

/** The members that are compared. */
interface Service {
  readonly kind: "Service";
  readonly spec: {
    readonly selector: Labels;
    readonly ports: readonly { readonly port: number; readonly targetPort: string }[];
  };
}

interface StatefulSet {
  readonly kind: "StatefulSet";
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly serviceName: string;
    readonly replicas: number;
    readonly selector: { readonly matchLabels: Labels };
    readonly template: { readonly metadata: { readonly labels: Labels }; readonly spec: PodSpec };
    readonly volumeClaimTemplates: readonly {
      readonly metadata: { readonly name: string };
      readonly spec: { readonly accessModes: readonly string[] };
    }[];
  };
}

type Labels = Readonly<Record<string, string>>;

interface PodSpec {
  readonly terminationGracePeriodSeconds: number;
  readonly automountServiceAccountToken: boolean;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly containers: readonly Container[];
  readonly volumes: readonly { readonly name: string; readonly emptyDir: object }[];
}

interface Container {
  readonly image: string;
  readonly command?: readonly string[];
  readonly envFrom: readonly { readonly secretRef: { readonly name: string } }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly securityContext: unknown;
  readonly startupProbe: Probe;
  readonly readinessProbe: Probe;
  readonly livenessProbe: Probe;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

const [DOCKERFILE = "", README = "", MANIFEST = ""] = ["Dockerfile", "README.md", "kubernetes.yaml"].map((name) =>
  readFileSync(join(ROOT, "deploy", name), "utf8"),
);
const documents = parseAllDocuments(MANIFEST, { strict: true, uniqueKeys: true }).map((document) => {
  assert.deepEqual([document.errors, document.warnings], [[], []]);
  return document.toJS() as Service | StatefulSet;
});
const [service, set] = documents as [Service, StatefulSet];
const { spec: pod, metadata } = set.spec.template;
const [container] = pod.containers as [Container];

/** A variable of the image. */
function variable(name: string): string {
  return new RegExp(`^ENV .*\\b${name}=(\\S+)`, "m").exec(DOCKERFILE)?.[1] ?? "";
}

test("it has a Service and a StatefulSet that belong together", () => {
  assert.deepEqual(
    documents.map(({ kind }) => kind),
    ["Service", "StatefulSet"],
  );
  assert.deepEqual(service.spec.selector, metadata.labels);
  assert.deepEqual(set.spec.selector.matchLabels, metadata.labels);
  assert.equal(set.spec.serviceName, set.metadata.name);
});

test("one process uses the data", () => {
  assert.equal(set.spec.replicas, 1);
  assert.deepEqual(
    set.spec.volumeClaimTemplates.map(({ spec }) => spec.accessModes),
    [["ReadWriteOncePod"]],
  );
});

test("it is the image, with its user, port and folder", () => {
  assert.ok(README.includes(`--tag ${container.image} `));
  assert.equal(container.command, undefined);
  const [, user, group] = /^USER (\d+):(\d+)$/m.exec(DOCKERFILE) ?? [];
  const { runAsNonRoot, runAsUser, runAsGroup, fsGroup } = pod.securityContext;
  assert.deepEqual(
    { runAsNonRoot, runAsUser, runAsGroup, fsGroup },
    { runAsNonRoot: true, runAsUser: Number(user), runAsGroup: Number(group), fsGroup: Number(group) },
  );
  const [port] = container.ports;
  assert.equal(String(port?.containerPort), variable("PORT"));
  assert.deepEqual(service.spec.ports, [{ name: port?.name, port: port?.containerPort, targetPort: port?.name }]);
  const mounts = new Map(container.volumeMounts.map(({ name, mountPath }) => [mountPath, name]));
  assert.equal(mounts.get(variable("DATA_DIR")), set.spec.volumeClaimTemplates[0]?.metadata.name);
  // The rest is read-only.
  assert.equal(mounts.get("/tmp"), pod.volumes[0]?.name);
  assert.equal(mounts.size, 2);
});

test("the process has no rights that it does not need", () => {
  assert.deepEqual(container.securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  });
  assert.deepEqual(pod.securityContext["seccompProfile"], { type: "RuntimeDefault" });
  assert.equal(pod.automountServiceAccountToken, false);
});

test("a stop may take longer than the service needs", () => {
  assert.ok(pod.terminationGracePeriodSeconds * 1000 > STOP_MS_MAX);
});

test("only a process that does not answer is restarted", () => {
  const { startupProbe, readinessProbe, livenessProbe } = container;
  assert.deepEqual(
    [startupProbe, readinessProbe, livenessProbe].map(({ httpGet }) => httpGet),
    ["/", "/healthz", "/"].map((path) => ({ path, port: container.ports[0]?.name })),
  );
});

test("settings are those of the Secret that deploy/README.md makes", () => {
  const { name } = container.envFrom[0]?.secretRef ?? {};
  assert.ok(README.includes(`kubectl create secret generic ${name} --from-env-file=deploy/sukkal.env`));
  assert.ok(README.includes("kubectl apply --filename deploy/kubernetes.yaml"));
  assert.doesNotMatch(MANIFEST, /AUTH_STRATEGY|_KEY/);
});
