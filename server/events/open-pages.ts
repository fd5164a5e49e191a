// Answers and asks about open pages: at this instance, and at all of them.

import { z } from "zod";
import type { OpenPages, Receipt } from "@/lib/session/open-pages";
import { Instances } from "./instances";
import { Presence } from "./presence";
import { CONFIRMATION, isAllBlank, Receipts, TOLD, type Told } from "./receipts";

/** The maximum number of handles in a question: Postgres limits a message to 8,000 bytes. */
const FITTING = 150;

/** How long to wait for all instances to say which pages are open, in milliseconds. A page waits for it. */
const PATIENCE = 300;

/** How long to wait for pages to confirm that they are blank, in milliseconds. */
const RECEIPT_PATIENCE = 4000;

const QUESTION = z.union([
  z.object({ handles: z.array(z.string()), watcher: z.string().nullable() }),
  z.object({ key: z.string() }),
]);
const ANSWER = z.union([z.object({ open: z.array(z.string()) }), z.object({ told: TOLD })]);
const NEWS = z.union([z.object({ confirmed: z.array(CONFIRMATION) }), z.object({ changed: z.string() })]);

type Question = z.infer<typeof QUESTION>;
type Answer = z.infer<typeof ANSWER>;
type News = z.infer<typeof NEWS>;

/** The streams of this instance. */
type Local = {
  isOpen(handle: string): boolean;
  openOf(userId: string): string[];
  /** Tells the user's pages that a page was opened or closed somewhere. */
  tellChange(userId: string): void;
};

/** What this instance knows about open pages, and what it learns from the others. */
export class Pages implements OpenPages {
  readonly receipts = new Receipts((confirmed) => this.instances.tell({ confirmed }));
  readonly presence: Presence;
  readonly instances = new Instances<Question, Answer, News>(
    { question: QUESTION, answer: ANSWER, news: NEWS },
    {
      asked: (question, reply) => this.answer(question, reply),
      told: (news) => this.hear(news),
    },
  );

  constructor(private readonly local: Local) {
    this.presence = new Presence({
      openOf: (userId) => local.openOf(userId).sort().join(),
      changed: (userId) => this.instances.tell({ changed: userId }),
    });
  }

  async among(handles: string[], watcher: string | null): Promise<Set<string>> {
    const parts = Array.from({ length: Math.ceil(handles.length / FITTING) }, (_, part) =>
      handles.slice(part * FITTING, (part + 1) * FITTING),
    );
    const asked = parts.map((part) => this.instances.ask({ handles: part, watcher }, PATIENCE));
    const answers = (await Promise.all(asked)).flatMap(({ answers }) => answers);
    return new Set(answers.flatMap((answer) => ("open" in answer ? answer.open : [])));
  }

  async receipt(key: string): Promise<Receipt> {
    const { answers, isComplete } = await this.instances.ask({ key }, RECEIPT_PATIENCE, (answers) =>
      isAllBlank(toldIn(answers)),
    );
    const told = toldIn(answers);
    const total = (count: "pages" | "blank") => told.reduce((sum, one) => sum + one[count], 0);
    return {
      pages: total("pages"),
      blank: total("blank"),
      after: Math.max(0, ...told.map(({ after }) => after)),
      isComplete: isComplete && !told.some(({ isUnsure }) => isUnsure),
    };
  }

  close(): void {
    this.receipts.close();
    this.presence.close();
  }

  private answer(question: Question, reply: (answer: Answer) => void): void {
    if ("key" in question) this.receipts.answer(question.key, (told) => reply({ told }));
    else {
      if (question.watcher) this.presence.watch(question.watcher);
      reply({ open: question.handles.filter((handle) => this.local.isOpen(handle)) });
    }
  }

  private hear(news: News): void {
    if ("changed" in news) this.local.tellChange(news.changed);
    else for (const confirmation of news.confirmed) this.receipts.confirm(confirmation);
  }
}

function toldIn(answers: Answer[]): Told[] {
  return answers.flatMap((answer) => ("told" in answer ? [answer.told] : []));
}
