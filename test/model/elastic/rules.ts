/** The rules of the protocol by name. A test takes each rule out, and the model must then find a violation. */

/** What the clients of a run do. */
export type Scenario = "list" | "keys" | "claims" | "delete" | "wait" | "ids" | "backups";

export const SCENARIOS: readonly Scenario[] = ["list", "keys", "claims", "delete", "wait", "ids"];

interface Described {
  readonly without: string;
  /** Runs that need the rule. */
  readonly scenario: Scenario;
}

export const RULES = {
  // Shards.
  "a shard refuses an earlier command": { without: "a late one is performed", scenario: "delete" },
  "a shard acknowledges only its own command": { without: "any of its version", scenario: "delete" },
  "the row of a shard outlives the queue": { without: "it ends with the queue", scenario: "delete" },
  "the numbers of a shard outlive its closing": { without: "they begin with 1 again", scenario: "wait" },
  "an opened shard continues above the floor": { without: "it continues where it was", scenario: "list" },
  "a raise is durable": { without: "a restart undoes it", scenario: "list" },
  "a shard that is not open is raised too": { without: "only an open one is", scenario: "list" },
  "only an open shard takes posts": { without: "a stopped one does too", scenario: "wait" },
  "a shard hands its transfers over before it closes": { without: "they are erased", scenario: "delete" },
  // Phases.
  "replies to a former phase count for nothing": { without: "they count for the present one", scenario: "list" },
  "every shard has to reply": { without: "one that fails counts as done", scenario: "list" },
  "a home that is alone continues above its shards": { without: "where it was", scenario: "claims" },
  "shards drain before they close": { without: "they close at once", scenario: "list" },
  "a version goes beyond that of an earlier life": { without: "the command is only repeated", scenario: "delete" },
  "a home that is behind its shards drains them again": { without: "it goes on closing them", scenario: "backups" },
  "a home opens shards again that do not know its last command": { without: "they stay closed", scenario: "backups" },
  "another number of objects waits for the next opening": { without: "it counts at once", scenario: "list" },
  "a queue that is being deleted takes no posts": { without: "it takes them", scenario: "delete" },
  "changed settings are a command": { without: "shards learn of them by the next one", scenario: "list" },
  // Lists.
  "a list asks every object that may have messages": { without: "only those that take posts", scenario: "list" },
  "a list raises all objects to its end": { without: "it only reads", scenario: "list" },
  "a list raises the home too": { without: "only the shards", scenario: "list" },
  "the marker is an end too": { without: "only the last message is", scenario: "claims" },
  "an invented marker uses no numbers up": { without: "it raises all objects", scenario: "list" },
  "a list needs the answer of every object": { without: "it does without one", scenario: "list" },
  "a list asks objects that were added meanwhile": { without: "those at its beginning", scenario: "claims" },
  // Posts.
  "keys have one place": { without: "a post with a key goes to a shard too", scenario: "keys" },
  "a post that failed is not made elsewhere": { without: "the home gets it", scenario: "list" },
  // Ids of messages and claims.
  "an id is asked for at the object that it names": { without: "at the home", scenario: "ids" },
  "what a shard does not have is asked for at the home": { without: "it counts as gone", scenario: "ids" },
  "a home that tells of shards is followed by them": { without: "its answer is final", scenario: "ids" },
  "a deletion says whether it has found something": { without: "the first object is the last one", scenario: "ids" },
  "ids beyond the objects of the queue are not asked for": { without: "any object is asked", scenario: "ids" },
  "the id of a message that has come back is its new place": { without: "its former one", scenario: "list" },
  "a message comes back once": { without: "with every repeat", scenario: "ids" },
  // Waits.
  "the home watches every object": { without: "only itself", scenario: "wait" },
  "watches begin with a phase": { without: "with the next wait", scenario: "wait" },
  "a watch that failed is repeated": { without: "it ends", scenario: "wait" },
  "a home that restarts waits for its connections": { without: "for those that come", scenario: "wait" },
  "an alarm wakes a home at which connections wait": { without: "the next request does", scenario: "wait" },
  "a claim that no connection got is withdrawn": { without: "it lapses", scenario: "wait" },
  "claims pass over a silent object": { without: "each S-th one begins there", scenario: "claims" },
  "sweeps pass over a silent object": { without: "each waits for it", scenario: "claims" },
  "claims of a queue that drains begin at shards": { without: "some begin at the home", scenario: "claims" },
  "sweeps of a queue that drains name the home last": { without: "as any other object", scenario: "claims" },
} as const satisfies Readonly<Record<string, Described>>;

export type Rule = keyof typeof RULES;
