// A certificate authority for a lab, kept in a folder, and what it issues. ECDSA
// P-256 throughout. Loaded by `painters certs` only: the library takes a while.
import "reflect-metadata"; // the library's dependency injection needs it first
import { randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import * as x509 from "@peculiar/x509";

export interface Authority {
  readonly certificate: x509.X509Certificate;
  readonly key: webcrypto.CryptoKey;
}

export interface Issued {
  readonly certificatePem: string;
  readonly keyPem: string;
}

export interface Subject {
  readonly name: string;
  /** Host names and IP addresses it may be reached by. */
  readonly hosts: readonly string[];
  readonly usages: readonly ("server" | "client")[];
  readonly days: number;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const dayMs = 24 * 60 * 60 * 1000;
/** Certificates begin a little early, for machines whose clocks are behind. */
const slackMs = 5 * 60 * 1000;
const authorityDays = 3650;

const { subtle } = webcrypto;
x509.cryptoProvider.set(webcrypto);

export async function createAuthority(): Promise<{ readonly authority: Authority; readonly issued: Issued }> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: ["painters lab CA"] }],
    ...validity(authorityDays),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    authority: { certificate, key: keys.privateKey },
    issued: { certificatePem: pem(certificate), keyPem: await keyPem(keys.privateKey) },
  };
}

/** Throws when either is not what it should be. */
export async function readAuthority(certificatePem: string, privateKeyPem: string): Promise<Authority> {
  const key = await subtle.importKey("pkcs8", x509.PemConverter.decodeFirst(privateKeyPem), algorithm, true, [
    "sign",
  ]);
  return { certificate: new x509.X509Certificate(certificatePem), key };
}

/** The certificate ends no later than its authority's. */
export async function issue(authority: Authority, subject: Subject): Promise<Issued> {
  const keys = await newKeys();
  const { notBefore, notAfter } = validity(subject.days);
  const { certificate: issuer } = authority;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [{ CN: [subject.name] }],
    issuer: issuer.subject,
    notBefore,
    notAfter: notAfter < issuer.notAfter ? notAfter : issuer.notAfter,
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: authority.key,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(
        subject.usages.map((usage) =>
          usage === "server" ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth,
        ),
      ),
      new x509.SubjectAlternativeNameExtension(
        [...new Set([subject.name, ...subject.hosts])].map((value) => ({
          type: isIP(value) ? ("ip" as const) : ("dns" as const),
          value,
        })),
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return { certificatePem: pem(certificate), keyPem: await keyPem(keys.privateKey) };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

function validity(days: number): { readonly notBefore: Date; readonly notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - slackMs), notAfter: new Date(now + days * dayMs) };
}

function serialNumber(): string {
  // Positive, as the standard wants.
  const bytes = randomBytes(16);
  bytes[0]! &= 0x7f;
  return bytes.toString("hex");
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString("pem")}\n`;
}

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = await subtle.exportKey("pkcs8", key);
  return `${x509.PemConverter.encode(der, "PRIVATE KEY")}\n`;
}
