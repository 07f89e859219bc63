import { Raw } from "./raw.ts";

type Server = "ours" | "reference";

/** A call from one phone to another, with what each of them got. */
async function called(server: string, caller: string, callee: string) {
  const [alice, bob] = [await Raw.registered(server, caller), await Raw.registered(server, callee)];
  const sent = alice.asks("INVITE", bob.aor);
  const invite = await bob.hears("INVITE");
  bob.answers(invite, "200 OK");
  const ok = await alice.hears("SIP/2.0 200 OK\r\nVia: SIP/2.0/WS ");
  const told = [...alice.heard];
  for (const phone of [alice, bob]) phone.close();
  return { sent, invite, ok, told };
}

/** What is not the same with a Kamailio as it is set up here, and what it is. docs/sip.md gives the reasons. */
export const differences: Record<string, { story: (server: string, a: string, b: string) => Promise<unknown> } & { [server in Server]: unknown }> = {
  "100 is made up": {
    story: async (server, a, b) => (await called(server, a, b)).told.some((message) => message.startsWith("SIP/2.0 100")),
    ours: false,
    reference: true,
  },
  "each call has a Record-Route": {
    story: async (server, a, b) => /^Record-Route:/m.test((await called(server, a, b)).invite),
    ours: false,
    reference: true,
  },
  "a Contact is rewritten to name its connection": {
    story: async (server, a, b) => {
      const { sent, invite } = await called(server, a, b);
      const contact = /^Contact: .*$/m;
      return contact.exec(invite)![0] !== contact.exec(sent)![0];
    },
    ours: false,
    reference: true,
  },
  "the caller's own Via comes back with where it was": {
    story: async (server, a, b) => /^Via: .*;(received|rport)=/m.test((await called(server, a, b)).ok),
    ours: false,
    reference: true,
  },
  "only MD5 is offered": {
    story: async (server, a) => {
      const raw = await Raw.open(server, a);
      raw.asks("REGISTER", "sip:example.org", `To: <${raw.aor}>`);
      const challenge = await raw.hears("SIP/2.0 401");
      raw.close();
      return !challenge.includes("SHA-256");
    },
    ours: false,
    reference: true,
  },
  "what is registered for too short a time lasts longer, or is refused": {
    story: async (server, a) => {
      const raw = await Raw.open(server, a);
      const answer = await raw.registers("Expires: 10");
      raw.close();
      return [answer.slice(8, 11), /^Min-Expires: (\d+)/m.exec(answer)?.[1] ?? /expires=(\d+)/.exec(answer)?.[1]];
    },
    ours: ["423", "60"],
    reference: ["200", "60"],
  },
  "who calls as somebody else is asked for a password, or refused": {
    story: async (server, a, b) => {
      const [eve, bob] = [await Raw.registered(server, a), await Raw.registered(server, b)];
      eve.heard.length = 0;
      eve.asks("MESSAGE", bob.aor, "From: <sip:u1@example.org>;tag=from");
      const answer = await eve.hears("SIP/2.0");
      for (const phone of [eve, bob]) phone.close();
      return answer.slice(8, 11);
    },
    ours: "403",
    reference: "407",
  },
};
