import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

const magic = 0x2112a442;
const allocate = 0x0003;
const refusal = 0x0113;
const attributes = { "error-code": 0x0009, realm: 0x0014, nonce: 0x0015 } as const;

/**
 * A TURN server that grants nobody a relay: it takes no credential for right, as one whose shared secret is not the service's, or it
 * does not answer at all, as one behind a network that drops UDP (RFC 8656, section 7; RFC 8489, section 14).
 */
export class StrictTURN {
  /** Whether it drops what comes. */
  silent = false;
  readonly #socket: Socket;

  static async listen(): Promise<StrictTURN> {
    const socket = createSocket("udp4");
    socket.bind({ address: "127.0.0.1" });
    await once(socket, "listening");
    return new StrictTURN(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("message", (packet, { address, port }) => {
      if (this.silent || packet.length < 20 || packet.readUInt16BE(0) !== allocate || packet.readUInt32BE(4) !== magic) return;
      socket.send(refuse(packet.subarray(4, 20)), port, address);
    });
  }

  /** As a service gives it out. */
  get iceServers(): RTCIceServer[] {
    const host = `127.0.0.1:${this.#socket.address().port}`;
    return [{ urls: [`stun:${host}`] }, { urls: [`turn:${host}?transport=udp`], username: "1:ada", credential: "a wrong password" }];
  }

  close(): void {
    this.#socket.close();
  }
}

function refuse(transaction: Buffer): Buffer {
  const body = Buffer.concat([
    attribute("error-code", Buffer.concat([Buffer.from([0, 0, 4, 1]), Buffer.from("Unauthorized")])),
    attribute("realm", Buffer.from("parley.test")),
    attribute("nonce", Buffer.from("0123456789abcdef")),
  ]);
  const head = Buffer.alloc(4);
  head.writeUInt16BE(refusal, 0);
  head.writeUInt16BE(body.length, 2);
  return Buffer.concat([head, transaction, body]);
}

function attribute(name: keyof typeof attributes, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(attributes[name], 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
}
