export interface Piece {
  readonly text: string;
  readonly link: boolean;
}

// In an address brackets come in pairs, and nothing turns the direction of reading. Which site a name and `@` hide, nobody sees.
const address = /(https?:\/\/(?:[^\s<>"()\u200e\u200f\u202a-\u202e\u2066-\u2069]|\([^\s<>"()]*\))*(?:[^\s<>".,;:!?()'\]/\u200e\u200f\u202a-\u202e\u2066-\u2069]|\([^\s<>"()]*\))\/?)/i;
const named = /^https?:\/\/[^/?#\\]*@/i;

/** A line in pieces, those that are addresses of pages apart. What ends a sentence belongs to none. */
export function pieces(line: string): Piece[] {
  const parts = line.split(address);
  return parts.map((text, i) => ({ text, link: i % 2 === 1 && !named.test(text) })).filter(({ text }) => text !== "");
}
