import { expect, test } from "vitest";
import { emailIn, fragmentOf } from "./login-fragment";

test.each(["ada@example.com", "ada+100%#&?@example.com", "한글@한국.example", "o'hara@xn--3e0b707e.example"])(
  "the fragment for %s is plain ASCII, and contains exactly this address",
  (email) => {
    expect(fragmentOf(email)).toMatch(/^#email=[\w.%~!'()*-]+$/);
    expect(emailIn(fragmentOf(email))).toBe(email);
  },
);

test.each([
  "#email=",
  "#email=ada",
  "#email=@example.com",
  "#email=a@b@c",
  "#email=Call 0900 1234@example.com",
  "#email=ada%0A@example.com",
  "#email=ada%E2%80%AE@example.com",
  "#email=%",
  `#email=${"a".repeat(320)}@example.com`,
])("%j is for the log-in page, but contains no email address", (fragment) => {
  expect(emailIn(fragment)).toBe("");
});

test.each(["", "#", "#main", "#EMAIL=ada@example.com", "#e=email=ada@example.com"])(
  "the fragment %j is for another page",
  (fragment) => {
    expect(emailIn(fragment)).toBeNull();
  },
);
