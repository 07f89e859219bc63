import { expect } from "vitest";
import type { Client } from "./page.ts";
import type { Remote, Stage } from "./stage.ts";

/** What is done with phones of two clients. It ends when all has come that must, and returns the phones. */
type Story = (stage: Stage, first: Client, second: Client) => Promise<Remote[]>;

/** Plays a story, and closes its phones. Returns what each has heard. */
export async function play(story: Promise<Remote[]>): Promise<string[][]> {
  const phones = await story;
  const heard = await Promise.all(phones.map((phone) => phone.all()));
  await Promise.all(phones.map((phone) => phone.stop()));
  return heard;
}

/** Two phones in a call. */
async function call(stage: Stage, first: Client, second: Client, options = {}): Promise<[Remote, Remote]> {
  const [alice, bob] = await two(stage, first, second, options);
  await alice.call(bob.user);
  await bob.hears(`called by ${alice.user}`);
  await alice.hears("< 180 INVITE");
  await bob.answer();
  await Promise.all([alice.hears("connected"), bob.hears("connected")]);
  await bob.hears("< ACK");
  return [alice, bob];
}

function two(stage: Stage, first: Client, second: Client, options = {}): Promise<[Remote, Remote]> {
  return Promise.all([stage.registered(first, stage.user(), options), stage.registered(second, stage.user(), options)]);
}

/** Ends a call by the one, and waits until both know. */
async function ends(by: Remote, other: Remote): Promise<void> {
  await by.hangUp();
  await other.hears("< BYE");
  await other.hears("ended");
  await by.hears("< 200 BYE");
}

/** With the one client each. */
export const alone: Record<string, (stage: Stage, client: Client) => Promise<Remote[]>> = {
  "registers, refreshes and unregisters": async (stage, client) => {
    const phone = await stage.registered(client, stage.user());
    expect(await phone.all()).toEqual(["open", "> REGISTER", "< 401 REGISTER", "> REGISTER", "< 200 REGISTER", "registered"]);
    await phone.register();
    await phone.hears("< 200 REGISTER", 2);
    await phone.unregister();
    await phone.hears("unregistered");
    return [phone];
  },

  "ends after three tries at most with a wrong password": async (stage, client) => {
    const phone = await stage.phone(client, stage.user(), { password: "wrong" });
    await phone.register();
    await phone.hears("not registered: 401");
    expect((await phone.all()).filter((line) => line === "> REGISTER").length).toBeLessThanOrEqual(3);
    return [phone];
  },

  "is told how a phone of JsSIP is": async (stage, client) => {
    const [watcher, watched] = await two(stage, client, "JsSIP"); // SIP.js only asks
    await watcher.subscribe(watched.user);
    await watched.hears(`subscribed to by ${watcher.user}`);
    for (const [turn, state] of ["free", "busy"].entries()) {
      await watched.notify(state);
      await watcher.hears(`notified: ${state}`);
      await watched.hears("< 200 NOTIFY", turn + 1);
    }
    await watcher.hears("< 200 SUBSCRIBE");
    return [watcher, watched];
  },

  "is told that it calls an unknown user": async (stage, client) => {
    const phone = await stage.registered(client, stage.user());
    await phone.call("nobody");
    await phone.hears("refused: 404");
    return [phone];
  },

  "is told that it calls an offline user, and one who has left": async (stage, client) => {
    const phones = await Promise.all([1, 2, 3].map(() => stage.registered(client, stage.user())));
    const [alice, bob, left] = phones as [Remote, Remote, Remote];
    await left.unregister();
    await left.hears("unregistered");
    await Promise.all([alice.call(stage.user()), bob.call(left.user)]);
    await Promise.all([alice.hears("refused: 480"), bob.hears("refused: 480")]);
    return phones;
  },
};

/** Sound and pictures flow both ways, and the caller hangs up. */
export const flow: Story = async (stage, first, second) => {
  const [alice, bob] = await call(stage, first, second, { video: true });
  await Promise.all([alice.flows("audio", "video"), bob.flows("audio", "video")]);
  await ends(alice, bob);
  return [alice, bob];
};

/** With each pair of clients. */
export const together: Record<string, Story> = {
  "the callee hangs up": async (stage, first, second) => {
    const [alice, bob] = await call(stage, first, second);
    await ends(bob, alice);
    return [alice, bob];
  },

  "hold, take back, and offer anew": async (stage, first, second) => {
    const [alice, bob] = await call(stage, first, second);
    for (const [one, other] of [[alice, bob], [bob, alice]] as const) {
      const [mark, marked] = [(await one.all()).length, (await other.all()).length];
      await one.hold();
      await other.hears("< INVITE sendonly", 1, marked);
      await one.hears("< 200 INVITE recvonly", 1, mark);
      await other.hears("< ACK", 1, marked);
      await one.unhold();
      await one.hears("< 200 INVITE", 1, mark);
      await other.hears("< ACK", 2, marked);
      await one.invite();
      await one.hears("< 200 INVITE", 2, mark);
      await other.hears("< ACK", 3, marked);
    }
    await Promise.all([alice.flows("audio"), bob.flows("audio")]);
    await ends(alice, bob);
    return [alice, bob];
  },

  "a third party gets the call": async (stage, first, second) => {
    const [alice, bob] = await call(stage, first, second);
    const carol = await stage.registered(first, stage.user());
    await alice.refer(carol.user);
    await carol.hears(`called by ${bob.user}`);
    await carol.answer();
    await alice.hears("transferred");
    await ends(alice, bob);
    await carol.hears("connected");
    await Promise.all([bob.flows("audio"), carol.flows("audio")]);
    await ends(carol, bob);
    return [alice, bob, carol];
  },

  "text goes both ways": async (stage, first, second) => {
    const [alice, bob] = await two(stage, first, second);
    await alice.message(bob.user, "hello bob, ☎ <&>");
    await bob.hears(`message from ${alice.user}: hello bob, ☎ <&>`);
    await alice.hears("message taken");
    await bob.message(alice.user, "and back");
    await alice.hears(`message from ${bob.user}: and back`);
    await bob.hears("message taken");
    await alice.message("nobody", "hello");
    await alice.hears("message refused: 404");
    return [alice, bob];
  },

  "tones go both ways": async (stage, first, second) => {
    const [alice, bob] = await call(stage, first, second);
    for (const [one, other, digit] of [[alice, bob, "5"], [bob, alice, "#"]] as const) {
      await one.tone(digit);
      await other.hears(`tone ${digit}`);
      await one.hears("< 200 INFO");
    }
    await ends(alice, bob);
    return [alice, bob];
  },

  "the caller gives up while it rings": async (stage, first, second) => {
    const [alice, bob] = await two(stage, first, second);
    await alice.call(bob.user);
    await alice.hears("< 180 INVITE");
    await alice.hangUp();
    await bob.hears("ended");
    await Promise.all([alice.hears("< 200 CANCEL"), alice.hears("< 487 INVITE"), alice.hears("> ACK"), bob.hears("< ACK")]);
    return [alice, bob];
  },

  "the callee is busy": async (stage, first, second) => {
    const [alice, bob] = await two(stage, first, second);
    await alice.call(bob.user);
    await bob.hears(`called by ${alice.user}`);
    await bob.reject(486);
    await alice.hears("refused: 486");
    await bob.hears("< ACK");
    return [alice, bob];
  },

  "of five phones one answers": async (stage, first, second) => {
    const user = stage.user();
    const alice = await stage.registered(first, stage.user());
    const phones = await Promise.all(Array.from({ length: 5 }, (_, i) => stage.registered(i % 2 ? first : second, user)));
    await alice.call(user);
    await Promise.all(phones.map((phone) => phone.hears("> 180 INVITE")));
    await alice.hears("< 180 INVITE", 5);
    const [winner, ...losers] = phones as [Remote, ...Remote[]];
    await winner.answer();
    await Promise.all([alice.hears("connected"), winner.hears("< ACK"), ...losers.map((phone) => phone.hears("< CANCEL"))]);
    await Promise.all(losers.flatMap((phone) => [phone.hears("ended"), phone.hears("> 487 INVITE"), phone.hears("< ACK")]));
    await ends(alice, winner);
    expect((await alice.all()).filter((line) => line.startsWith("refused") || line === "< 487 INVITE")).toEqual([]);
    expect(await winner.all()).not.toContain("< CANCEL");
    return [alice, ...phones];
  },

  "of three phones none answers, and two decline": async (stage, first, second) => {
    const user = stage.user();
    const alice = await stage.registered(first, stage.user());
    const phones = await Promise.all([first, second, first].map((client) => stage.registered(client, user)));
    await alice.call(user);
    await alice.hears("< 180 INVITE", 3);
    await phones[0]!.reject(486);
    await phones[0]!.hears("< ACK");
    await phones[1]!.reject(603); // everywhere, RFC 3261, 21.6.2
    await phones[2]!.hears("< CANCEL");
    await alice.hears("refused: 603");
    await Promise.all(phones.map((phone) => phone.hears("ended")));
    return [alice, ...phones];
  },
};

/** On a stage whose clock can be moved: what clients do by themselves when it is time. */
export const inTime: Record<string, (stage: Stage) => Promise<Remote[]>> = {
  "a session is refreshed each 45 seconds": async (stage) => {
    const [alice, bob] = await call(stage, "JsSIP", "JsSIP"); // SIP.js has no timers of sessions
    for (const turn of [1, 2]) {
      await stage.advance(46);
      await alice.hears("< UPDATE", turn);
      await bob.hears("< 200 UPDATE", turn);
    }
    await ends(alice, bob);
    return [alice, bob];
  },

  "registrations are refreshed before they end": async (stage) => {
    const [alice, bob] = await two(stage, "JsSIP", "SIP.js");
    await stage.advance(271); // of 300
    for (const phone of [alice, bob]) await phone.hears("< 200 REGISTER", 2);
    await alice.message(bob.user, "still there");
    await bob.hears(`message from ${alice.user}: still there`);
    await alice.hears("message taken");
    return [alice, bob];
  },
};

/** The socket of each party is cut in a call, and comes back. Then the caller hangs up. */
export const cut: Record<string, Story> = {
  "the sockets are cut in a call and come back": async (stage, first, second) => {
    const [alice, bob] = await call(stage, first, second);
    for (const phone of [alice, bob]) {
      stage.cut(phone);
      await phone.hears("closed");
      await phone.comeBack();
      await phone.hears("< 200 REGISTER", 2);
    }
    await ends(alice, bob);
    return [alice, bob];
  },
};

/** Ten calls of all pairs at once. */
export async function tenCalls(stage: Stage): Promise<Remote[]> {
  const clients: Client[] = ["JsSIP", "SIP.js"];
  const calls = await Promise.all(Array.from({ length: 10 }, (_, i) => call(stage, clients[i % 2]!, clients[(i >> 1) % 2]!)));
  await Promise.all(
    calls.map(async ([alice, bob]) => {
      await Promise.all([alice.flows("audio"), bob.flows("audio")]);
      await ends(alice, bob);
    }),
  );
  return calls.flat();
}
