// JSON without loss: a number that a binary float cannot hold as written keeps its text.
export class Exact {
  constructor(text) {
    this.text = text;
  }

  valueOf() {
    return Number(this.text);
  }

  toString() {
    return this.text;
  }
}

/** Like JSON.parse, with `Exact` in place of numbers whose text would change (where the browser gives the text). */
export function parseExactly(text) {
  return JSON.parse(text, (_key, value, context) =>
    typeof value === "number" && context?.source && String(value) !== context.source ? new Exact(context.source) : value,
  );
}

/** Lay out JSON text over several lines, every token as it was. Raises SyntaxError when it is no JSON. */
export function indented(text) {
  JSON.parse(text);
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  let depth = 0;
  const line = () => `\n${"  ".repeat(depth)}`;
  return tokens
    .map((token, i) => {
      const empty = "{[".includes(token) && "}]".includes(tokens[i + 1]);
      if (empty) return token;
      if (token === "{" || token === "[") return (depth += 1), token + line();
      if (token === "}" || token === "]") return "{[".includes(tokens[i - 1]) ? token : ((depth -= 1), line() + token);
      if (token === ",") return token + line();
      return token === ":" ? ": " : token;
    })
    .join("");
}
