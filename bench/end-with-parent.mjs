// Ends a program when its parent process has ended. Every program of a measurement imports it, and their children, too.

import process from "node:process";
import { isMainThread } from "node:worker_threads";

const parent = process.ppid;
if (isMainThread) setInterval(() => process.ppid !== parent && process.exit(1), 500).unref();
