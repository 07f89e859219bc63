/** A message of SIP in a few words: its method or status, and its SDP's direction if that is not both. */
export function summary(frame: string): string {
  if (frame.trim() === "") return "keep-alive";
  const [first, second] = frame.split(" ", 2) as [string, string];
  const direction = /^a=(sendonly|recvonly|inactive)/m.exec(frame)?.[1];
  return [first === "SIP/2.0" ? `${second} ${field(frame, "CSeq").split(" ")[1]}` : first, direction].filter(Boolean).join(" ");
}

/** What a message has in common with itself when it is sent again, and with no other. */
export function identity(frame: string): string {
  return [frame.split(" ", 2), ...["CSeq", "Call-ID", "To"].map((name) => field(frame, name))].join();
}

function field(frame: string, name: string): string {
  return new RegExp(`^${name}: *(.*?)\\r?$`, "im").exec(frame)?.[1] ?? "";
}
