/** Words of other queue services, and of newcomers, for what the documents call otherwise. */
const OTHER_WORDS: readonly (readonly [words: RegExp, ours: string])[] = [
  [/\bvisibility( time-?out)?\b/g, "lease"],
  [/\b(ack|acks|acknowledge\w*)\b/g, "delete claimed"],
  [/\b(nack|nacks|requeue)\b/g, "release"],
  [/\bdlq\b/g, "dead letter"],
  [/\b(log ?in|sign ?in)\b/g, "authentication"],
  [/\bpublish\w*\b/g, "post"],
  [/\breceive\b/g, "claim"],
  [/\b(rate limit\w*|throttl\w*)\b/g, "quotas"],
  [/\bexactly.once\b/g, "at least once"],
  [/\b(schedule\w*|later)\b/g, "delay"],
  [/\bpubsub|pub\/sub\b/g, "topic"],
];

/** The text in the words of the documents. The same, if it has no others. */
export function inOurWords(text: string): string {
  return OTHER_WORDS.reduce((words, [others, ours]) => words.replace(others, ours), text.toLowerCase());
}
