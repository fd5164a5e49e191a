// Imported by each program that a measurement starts, and by what that starts in turn: ends it when its parent is gone.

import process from "node:process";
import { isMainThread } from "node:worker_threads";

const parent = process.ppid;
if (isMainThread) setInterval(() => process.ppid !== parent && process.exit(1), 500).unref();
