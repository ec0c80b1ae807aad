/** Where the databases of each namespace are, below the folder of all: the unique keys of config.capnp. */
export const FOLDERS = {
  QUEUES: "sukkal-queue",
  TOPICS: "sukkal-topic",
  PROJECTS: "sukkal-project",
  DELIVERIES: "sukkal-delivery",
} as const;

/** Beside those folders: there while the disk is too full to take anything in. `npm start` puts it there. */
export const DISK_LOW = "disk-low";
