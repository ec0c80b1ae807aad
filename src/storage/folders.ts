/** The folders of the data folder with the databases of each namespace. Their names are the unique keys in config.capnp. */
export const FOLDERS = {
  QUEUES: "sukkal-queue",
  SHARD_OBJECTS: "sukkal-shard",
  TOPICS: "sukkal-topic",
  PROJECTS: "sukkal-project",
  DELIVERIES: "sukkal-delivery",
  HUBS: "sukkal-hub",
  POOLS: "sukkal-pools",
  METERS: "sukkal-meter",
} as const;

/** A marker file beside those folders. It exists while the disk is too full for posts; `npm start` writes and removes it. */
export const DISK_LOW = "disk-low";
