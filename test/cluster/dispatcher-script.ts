// Runs a dispatcher by a script: one event a line, and under it what is to be done.
// The first line is the sweep. Names of workers stand for their newest streams.
import type { DispatchAction, DispatchEvent } from "../../coordinator/cluster/dispatch.js";
import { Dispatcher } from "../../coordinator/cluster/dispatcher.js";
import { probeBytes } from "../../coordinator/cluster/probe-values.js";
import { buildGraph } from "../../coordinator/graph/build-graph.js";
import { buildProbeGraph } from "../../coordinator/graph/probe-graph.js";
import { compileGroup } from "../../coordinator/placement/compile.js";
import type { PlacePlan } from "../../coordinator/placement/place-plan.js";
import type { Placement, PlacementGroup } from "../../coordinator/placement/placement.js";
import { parseSchedule } from "../../coordinator/schedule/parse.js";
import type { CachedTokens, TokenRow } from "../../models/token-row.js";
import { type Hello, protocolVersion, type ToCoordinator, type ToWorker } from "../../proto/messages.js";
import { probePieces } from "../../worker/probe-pieces.js";

const layerCount = 4;
const hiddenSize = 1;

/** What the workers know, by epoch and plan or injection. */
interface Told {
  readonly plans: Map<
    string,
    { readonly place: number; readonly worker: string; readonly steps: PlacePlan["steps"] }[]
  >;
  readonly injections: Map<
    number,
    { readonly epoch: number; readonly plan: number; readonly rows: readonly TokenRow[] }
  >;
}

export function runDispatcherScript(script: string): string {
  const [head = "", ...lines] = script.split("\n").filter((line) => line !== "" && !line.startsWith("  "));
  const told: Told = { plans: new Map(), injections: new Map() };
  const dispatcher = dispatcherOf(head);
  const streams: string[] = [];
  let nowMs = 0;
  const output = [head];
  const handle = (event: DispatchEvent): void => {
    for (const action of dispatcher.handle(event)) {
      remember(action, streams, told);
      output.push(`  ${print(action, streams)}`);
    }
  };
  const say = (name: string, message: ToCoordinator): void =>
    handle({ kind: "message", nowMs, connection: streams.lastIndexOf(name), message });
  for (const line of lines) {
    output.push(line);
    const [verb = "", name = "", ...rest] = line.split(" ");
    const text = rest.join(" ");
    switch (verb) {
      case "join":
        streams.push(name);
        handle({ kind: "joined", nowMs, connection: streams.length - 1, hello: helloOf(name, rest) });
        break;
      case "leave":
        handle({ kind: "left", nowMs, connection: streams.lastIndexOf(name), reason: text });
        break;
      case "ready":
        say(name, { kind: "epoch-ready", epoch: Number(text) });
        break;
      case "cannot":
        say(name, { kind: "epoch-failed", epoch: Number(rest[0]), reason: rest.slice(1).join(" ") });
        break;
      case "drain":
        say(name, { kind: "draining" });
        break;
      case "broken":
        say(name, { kind: "link-broken", epoch: Number(rest[1]), peer: rest[0]!, reason: "reset" });
        break;
      case "beat":
        say(name, { kind: "heartbeat", busyMs: rest.map(Number) });
        break;
      case "cancel":
        handle({ kind: "cancel", nowMs, reason: "wish" });
        break;
      case "wait":
        nowMs += Number(name);
        handle({ kind: "tick", nowMs });
        break;
      // The worker does an injection: scores its heads or generates, finishes its places; or only scores them; or too few tokens.
      case "run":
      case "score":
      case "short":
        for (const message of reports(name, Number(text), told)) {
          if (message.kind === "scored") say(name, verb === "short" ? cutShort(message) : message);
          else if (verb === "run") say(name, message);
        }
        break;
      // The n-th piece of what its probe found, of two.
      case "piece": {
        const pieces = reports(name, Number(rest[0]), told).filter(({ kind }) => kind === "probed");
        say(name, pieces[Number(rest[1])]!);
        break;
      }
      default:
        throw new Error(`no such line: ${line}`);
    }
  }
  return `${output.join("\n")}\n`;
}

/** sweep SCHEDULES | TOKENS OF DOCUMENTS | replicas or pipeline | key=value .. */
function dispatcherOf(line: string): Dispatcher {
  const [schedules = "", documents = "", shape = "", settings = ""] = line
    .replace(/^sweep /, "")
    .split("|")
    .map((part) => part.trim());
  const parsed = schedules.split(";").map((text) => parseSchedule(text.trim(), layerCount));
  const set = new Map(settings.split(" ").map((pair) => pair.split("=") as [string, string]));
  const number = (key: string, otherwise: number): number => Number(set.get(key) ?? otherwise);
  const { graph, schedules: probed } = buildProbeGraph(parsed);
  const scoring = buildGraph(parsed, set.get("kv") === "paper" ? "paper" : "own");
  const isProbing = number("probes", 0) > 0;
  /** Tokens that every document generates; 0: it is scored. */
  const maxTokens = number("generate", 0);
  const heads = [...new Set(isProbing ? probed.map(({ gram }) => gram) : scoring.heads)];
  const generation = { maxTokens, cacheBytesPerToken: 4, cacheBlockTokens: 1, isOver: () => false };
  return new Dispatcher({
    graph: isProbing ? graph : scoring,
    waves: [heads],
    documents: documents.split(" ").map((length) => {
      const tokens = new Array<number>(Number(length)).fill(1);
      const row = { tokens, prefixLength: tokens.length, branchLengths: [] };
      if (maxTokens > 0) return { rows: [{ ...row, scored: [] }], generation };
      return { rows: [{ ...row, scored: [{ request: 0, index: 0, target: 1 }] }] };
    }),
    isMissing: () => true,
    hiddenSize,
    model: "m",
    numericsId: "cpu",
    nextEpoch: 7,
    limits: {
      batchTokens: number("batch", 8),
      stateBytes: number("bytes", 4096),
      inFlightPerPlace: number("ahead", 1),
      minWorkers: number("min", 1),
      startWaitMs: 500,
      heartbeatMs: 100,
      leaseMs: number("lease", 1_000_000),
      epochReadyMs: 2000,
      overdueMs: 30_000,
      overdueFactor: 10,
    },
    ports: {
      place: (workers) => (shape === "replicas" ? replicas(workers) : pipeline(workers, number("need", 1))),
      gathers: (_group, stateTokens) => stateTokens <= number("gather", 0),
      compile: (ofGraph, heads, group, _placement, among, gathers) =>
        compileGroup(ofGraph, heads, group, undefined, among, gathers),
      partName: (part) => (typeof part === "string" ? part : `L${part.layer}`),
      predictStepMs: (_, tokens) => tokens * 1000,
    },
  });
}

function helloOf(name: string, [incarnation = `${name}1`, models = "m"]: readonly string[]): Hello {
  return {
    kind: "hello",
    protocolVersion,
    name,
    incarnation,
    dataAddress: `${name}:1`,
    devices: 1,
    memoryBytes: 1,
    flopsPerSecond: 1,
    linkBytesPerSecond: 1,
    numericsId: "cpu",
    models: [models],
  };
}

function replicas(workers: readonly Hello[]): Placement {
  const groups = workers.map((_, place): PlacementGroup => {
    return { embed: [place], layers: new Array<number[]>(layerCount).fill([place]), head: [place] };
  });
  return { places: workers.map(({ name }) => ({ worker: name, device: 0 })), groups };
}

/** Layers by turns; embedding and head on the first. */
function pipeline(workers: readonly Hello[], needed: number): Placement | Error {
  if (workers.length < needed) return new Error(`${needed} workers are needed`);
  const layers = Array.from({ length: layerCount }, (_, layer) => [
    Math.floor((layer * workers.length) / layerCount),
  ]);
  return {
    places: workers.map(({ name }) => ({ worker: name, device: 0 })),
    groups: [{ embed: [0], layers, head: [0] }],
  };
}

function remember(action: DispatchAction, streams: readonly string[], told: Told): void {
  if (action.kind !== "tell") return;
  const { message } = action;
  const worker = streams[action.connection]!;
  if (message.kind === "plan") {
    const key = `${message.epoch}/${message.plan}`;
    const entry = { place: message.place, worker, steps: message.steps };
    told.plans.set(key, [...(told.plans.get(key) ?? []), entry]);
  } else if (message.kind === "inject") {
    const { epoch, plan, rows } = message;
    told.injections.set(message.injection, { epoch, plan, rows });
  }
}

function reports(name: string, injection: number, told: Told): readonly ToCoordinator[] {
  const known = told.injections.get(injection);
  if (!known) throw new Error(`injection ${injection} was not told`);
  const { epoch, plan, rows } = known;
  const scored = rows.reduce((count, row) => count + row.scored.length, 0);
  const mine = told.plans.get(`${epoch}/${plan}`)!.filter(({ worker }) => worker === name);
  return mine.flatMap(({ place, steps }): ToCoordinator[] => [
    ...steps.flatMap(({ operation }): ToCoordinator[] => {
      if (operation.kind === "probe") {
        const { probe } = operation;
        const values = new Uint8Array(probeBytes(operation, rows, hiddenSize));
        return [...probePieces({ kind: "probed", epoch, injection, probe, values }, values.length / 2)];
      }
      if (operation.kind !== "head") return [];
      const { head } = operation;
      if (rows.some(({ cached }) => cached)) {
        const tokens = rows.map((row) => row.cached!.past + row.tokens.length);
        return [{ kind: "generated", epoch, injection, head, tokens }];
      }
      const logprobs = new Float32Array(scored);
      return [{ kind: "scored", epoch, injection, head, logprobs, isGreedy: new Uint8Array(scored) }];
    }),
    { kind: "finished", epoch, injection, place, slices: [] },
  ]);
}

function cutShort(message: Extract<ToCoordinator, { readonly kind: "scored" }>): ToCoordinator {
  return { ...message, logprobs: message.logprobs.slice(1) };
}

function print(action: DispatchAction, streams: readonly string[]): string {
  switch (action.kind) {
    case "persist-epoch":
      return `persist ${action.epoch}`;
    case "tell":
      return `${streams[action.connection]} <- ${printMessage(action.message)}`;
    case "disconnect":
      return `disconnect ${streams[action.connection]}: ${action.reason}`;
    case "record": {
      const again = action.missing.every(Boolean) ? "" : ` missing ${action.missing.join(" ")}`;
      return `record head ${action.head} of ${action.documents.join(" ")}${again}`;
    }
    case "generated":
      return `token ${action.tokens.join(" ")} of ${action.document}${action.isOver ? ", over" : ""}`;
    case "probe":
      return `probe ${action.probe} of ${action.documents.join(" ")}: ${action.values.length} bytes`;
    case "document-failed":
      return `fail document ${action.document} heads ${action.heads.join(" ")}: ${action.reason}`;
    case "trace":
      return `trace ${action.injection}`;
    case "note":
      return `note ${action.text}`;
    case "complete":
      return action.outcome;
  }
}

function printMessage(message: ToWorker): string {
  switch (message.kind) {
    case "welcome":
      return "welcome";
    case "open-epoch": {
      const shards = message.shards.map(({ place, parts }) => `${place}: ${parts.join(" ")}`);
      return `open ${message.epoch} shards ${shards.join(", ")} pull ${message.pullFrom.join(" ") || "-"}`;
    }
    case "plan":
      return `plan ${message.epoch}/${message.plan} place ${message.place} steps ${message.steps.length}`;
    case "inject":
      return (
        `inject ${message.epoch}/${message.injection} plan ${message.plan} rows ${message.rows.length}` +
        message.rows.map(({ cached }) => (cached ? ` ${cachedText(cached)}` : "")).join("")
      );
    case "forget":
      return `forget ${message.epoch}/${message.sequences.join(" ")}`;
    case "abort-epoch":
      return `abort ${message.epoch}`;
    case "close-epoch":
      return `close ${message.epoch}`;
    case "goodbye":
      return `goodbye: ${message.reason}`;
  }
}

/** `2@5`: sequence 2 after 5 tokens; `2@5/0`: which begin with sequence 0. */
function cachedText({ sequence, past, base }: CachedTokens): string {
  return `${sequence}@${past}${base === undefined ? "" : `/${base}`}`;
}
