/** What the tests' servers seal cookies with. None of them may ever print it. */
export const SECRET = "a secret for the tests and for nothing but the tests";
