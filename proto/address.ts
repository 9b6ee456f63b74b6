// HOST:PORT, as flags and hellos give it. IPv6 hosts are in brackets.
import { BlockList, isIP } from "node:net";

export interface Address {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
}

export class AddressError extends Error {
  override readonly name = "AddressError";
  readonly exitCode = 2;

  constructor(readonly address: string) {
    super(`"${address}" is not HOST:PORT, such as 127.0.0.1:7070 or [::1]:7070 (port 0 to 65535)`);
  }
}

export function parseAddress(address: string): Address {
  const match = /^(?:\[([^\]]+)\]|([^:\s/]+)):(\d{1,5})$/.exec(address);
  const [, ipv6, name, digits] = match ?? [];
  const host = ipv6 ?? name;
  const port = Number(digits);
  if (host === undefined || port > 65_535 || (ipv6 !== undefined && isIP(ipv6) !== 6)) {
    throw new AddressError(address);
  }
  return { host, port };
}

export function printAddress({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** Whether only this machine can be at the other end. */
export function isLoopback(host: string): boolean {
  const family = isIP(host);
  if (family === 0) return host.toLowerCase() === "localhost";
  return loopback.check(host, family === 4 ? "ipv4" : "ipv6");
}
