// Asks all instances about the pages that are open with them. Questions and answers go through
// Postgres, like announcements.

import { randomUUID } from "node:crypto";
import { LRUCache } from "lru-cache";
import { z } from "zod";
import { isOutage, prepared } from "@/lib/db";
import { log } from "@/lib/log";
import { outsideOfRequests } from "@/lib/request-context";
import { PAGES_CHANNEL } from "@/lib/session/events";
import { Prisma } from "@/prisma/client/client";

/** Marks our listening connections in `pg_stat_activity`, so that the number of expected answers is known. */
const LISTENING = "latchkey-pages-";

/** The maximum number of questions that wait for answers at once. */
const MOST_QUESTIONS = 500;

/** How long a question to this instance can still be answered anew, in milliseconds. */
const MEMORY = 10_000;

type Pending<Answer> = {
  answers: Map<string, Answer>;
  /** The instances that listened when the question was asked; null until Postgres has said. */
  expected: string[] | null;
  isEnough: (answers: Answer[]) => boolean;
  done: (isComplete: boolean) => void;
};

type Message<Question, Answer, News> =
  | { ask: string; from: string; question: Question }
  | { answer: string; from: string; to: string; said: Answer }
  | { news: News };

/**
 * The messages that instances understand. They ignore all others: those of a newer version, and those of strangers, since
 * every role that can connect to the database can send messages.
 */
type Understood<Question, Answer, News> = {
  question: z.ZodType<Question>;
  answer: z.ZodType<Answer>;
  news: z.ZodType<News>;
};

/** What all instances said, and whether each of them said enough in time. */
export type Answers<Answer> = { answers: Answer[]; isComplete: boolean };

/** One instance's access to all of them, including itself. */
export class Instances<Question, Answer, News> {
  /** Names this instance. */
  readonly id = randomUUID();
  /** The name of this instance's listening connection. */
  readonly listensAs = LISTENING + this.id;
  private readonly pending = new Map<string, Pending<Answer>>();
  private readonly asked = new LRUCache<string, string>({ max: 2000, ttl: MEMORY });

  private readonly message: z.ZodType<Message<Question, Answer, News>>;

  constructor(
    { question, answer, news }: Understood<Question, Answer, News>,
    private readonly hear: {
      /** Answers a question by `reply`, at once. It may reply again when the answer changes. */
      asked(question: Question, reply: (answer: Answer) => void): void;
      told(news: News): void;
    },
  ) {
    this.message = z.union([
      z.object({ ask: z.string(), from: z.string(), question }),
      z.object({ answer: z.string(), from: z.string(), to: z.string(), said: answer }),
      z.object({ news }),
    ]);
  }

  /**
   * Asks all instances, and waits until all have said enough, at most `patience` milliseconds after the question was
   * sent. In an outage there are no answers: the page that asks is shown without them.
   */
  async ask(
    question: Question,
    patience: number,
    isEnough: (answers: Answer[]) => boolean = () => true,
  ): Promise<Answers<Answer>> {
    const answers = new Map<string, Answer>();
    if (this.pending.size >= MOST_QUESTIONS) return { answers: [], isComplete: false };
    const id = randomUUID();
    let late: NodeJS.Timeout | undefined;
    try {
      const isComplete = await new Promise<boolean>((done) => {
        const pending: Pending<Answer> = { answers, expected: null, isEnough, done };
        this.pending.set(id, pending);
        // Its own answer needs no way through Postgres, which can take too long.
        this.take(id, this.id, question);
        const sent = outsideOfRequests(() => this.sendQuestion({ ask: id, from: this.id, question }));
        const waiting = sent.then((listening) => {
          pending.expected = listening;
          late = setTimeout(() => done(false), patience);
          this.check(pending);
        });
        waiting.catch((error) => {
          if (!isOutage(error)) log().error({ err: error }, "The instances could not be asked");
          done(false);
        });
      });
      return { answers: [...answers.values()], isComplete };
    } finally {
      clearTimeout(late);
      this.pending.delete(id);
    }
  }

  /** Tells all instances, including this one. */
  tell(news: News): void {
    this.send({ news });
  }

  /** Takes in a message from the channel. */
  receive(payload: string): void {
    const { data: message } = this.message.safeParse(parsed(payload));
    if (!message) return;
    if ("news" in message) this.hear.told(message.news);
    else if ("ask" in message) {
      const { ask, from, question } = message;
      if (from !== this.id) this.take(ask, from, question);
    } else if (message.to === this.id) this.accept(message.answer, message.from, message.said);
  }

  private take(ask: string, from: string, question: Question): void {
    this.asked.set(ask, from);
    this.hear.asked(question, (said) => this.reply(ask, said));
  }

  private reply(question: string, said: Answer): void {
    const to = this.asked.get(question);
    if (to === this.id) this.accept(question, this.id, said);
    else if (to) this.send({ answer: question, from: this.id, to, said });
  }

  private accept(question: string, from: string, said: Answer): void {
    const pending = this.pending.get(question);
    if (!pending) return;
    pending.answers.set(from, said);
    this.check(pending);
  }

  private check({ answers, expected, isEnough, done }: Pending<Answer>): void {
    // Without this instance, the list is not to be relied on: Postgres may hide the names from us.
    if (!expected?.includes(this.id)) return;
    if (expected.every((one) => answers.has(one)) && isEnough([...answers.values()])) done(true);
  }

  /** Sends a message. If the database is away, nobody hears it, and questions stay without an answer. */
  private send(message: Message<Question, Answer, News>): void {
    const sent = Prisma.sql`SELECT pg_notify(${PAGES_CHANNEL}, ${JSON.stringify(message)})::text`;
    outsideOfRequests(() => prepared("tell_instances", sent)).catch(() => {});
  }

  /** Sends a question, and returns the instances that listen. */
  private async sendQuestion(message: Message<Question, Answer, News>): Promise<string[]> {
    const [row] = await prepared<{ listening: string[] }>(
      "ask_instances",
      Prisma.sql`
        SELECT pg_notify(${PAGES_CHANNEL}, ${JSON.stringify(message)})::text AS sent,
               array(SELECT application_name FROM pg_stat_activity
                      WHERE datname = current_database() AND starts_with(application_name, ${LISTENING})) AS listening`,
    );
    return (row?.listening ?? []).map((name) => name.slice(LISTENING.length));
  }
}

function parsed(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return null;
  }
}
