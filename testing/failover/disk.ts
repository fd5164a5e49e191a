// A disk that loses, when the power fails, everything that was not synced.

import { closeSync, fstatSync, fsyncSync, openSync, readdirSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import type { TestRedis } from "@/testing/redis";

/** Settings of a Redis that writes every change to its disk, and leaves it to this file when to sync: once a second. */
export const ON_DISK = ["--appendonly", "yes", "--appendfsync", "no", "--auto-aof-rewrite-percentage", "0"];

const INTERVAL = 1000;

export class Disk {
  /** The size of each file when it was last synced. */
  private readonly synced = new Map<string, number>();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly redis: TestRedis) {
    this.sync();
    this.timer = setInterval(() => this.sync(), INTERVAL);
  }

  private files(): string[] {
    const folder = join(this.redis.folder, "appendonlydir");
    return readdirSync(folder).map((file) => join(folder, file));
  }

  private sync(): void {
    for (const path of this.files()) {
      const file = openSync(path, "r");
      // Not what is written during the sync.
      this.synced.set(path, fstatSync(file).size);
      fsyncSync(file);
      closeSync(file);
    }
  }

  /** Cuts the power of its machine, and starts Redis again. Returns how many bytes were lost. */
  async cutPower(): Promise<number> {
    clearInterval(this.timer);
    await this.redis.kill();
    let lost = 0;
    for (const path of this.files()) {
      const [size, kept] = [statSync(path).size, this.synced.get(path) ?? 0];
      lost += size - kept;
      truncateSync(path, kept);
    }
    await this.redis.start();
    return lost;
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
