export interface Piece {
  readonly text: string;
  readonly link: boolean;
}

/** A line in pieces, those that are addresses of pages apart. What ends a sentence belongs to none. */
export function pieces(line: string): Piece[] {
  const parts = line.split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?()'\]/]\/?)/);
  return parts.map((text, i) => ({ text, link: i % 2 === 1 })).filter(({ text }) => text !== "");
}
