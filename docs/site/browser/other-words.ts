/** Words of other queue services, and of newcomers, for what the documents call otherwise. */
const OTHER_WORDS: readonly (readonly [words: RegExp, ours: string])[] = [
  [/\bvisibility( time-?out)?\b/g, "lease"],
  [/\b(ack|acks|acknowledge\w*)\b/g, "post claim delete"],
  [/\b(nack|nacks|requeue)\b/g, "release claim"],
  [/\b(dlq|poison( messages?)?)\b/g, "dead letter"],
  [/\b(log ?in|sign ?in)\b/g, "authentication"],
  [/\b(acl|permissions?)\b/g, "policy"],
  [/\b(multi[- ]?)?tenan(t|ts|cy)\b/g, "project"],
  [/\bssl\b/g, "tls"],
  [/\bpublish\w*\b/g, "post"],
  [/\breceive\b/g, "claim"],
  [/\blong.poll\w*\b/g, "wait messages"],
  [/\b(rate limit\w*|throttl\w*)\b/g, "quotas"],
  [/\bexactly.once\b/g, "exactly once"],
  [/\b(dedup\w*|duplicates?)\b/g, "idempotent"],
  [/\b(schedule\w*|later)\b/g, "delay"],
  [/\bretention( period)?\b/g, "ttl"],
  [/\bpriorit(y|ies|i[sz]e)\b/g, "priority"],
  [/\b(recurring|periodic)\b/g, "cron"],
  [/\bordering\b/g, "order"],
  [/\b(renaming|renamed)\b/g, "rename"],
  [/\bpubsub|pub\/sub\b/g, "topic"],
  [/\b(golang|go)\b/g, "gophercloud"],
  [/\b(e-?mails?)\b/g, "mail"],
  [/\b(price|pricing|billing)\b/g, "cost"],
  [/\btracing\b/g, "traces"],
  [/\bbenchmark\w*\b/g, "performance"],
  [/\bk8s\b/g, "kubernetes"],
  [/\bcli\b/g, "command line"],
  [/\b(ha|failover|cluster\w*)\b/g, "high availability"],
  [/\b(gdpr|data residency)\b/g, "jurisdiction"],
  [/\b(empty|clear|truncate) (the )?queues?\b/g, "purge"],
];

/** The text in the words of the documents. The same, if it has no others. */
export function inOurWords(text: string): string {
  return OTHER_WORDS.reduce((words, [others, ours]) => words.replace(others, ours), text.toLowerCase());
}
