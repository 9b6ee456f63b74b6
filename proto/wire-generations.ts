// What a generation is asked for and what is said of it, on the wire and back.
import type { Codec } from "./definition.js";
import type { GenerateRequest, GenerateRequest__Output } from "./generated/painters/v1/GenerateRequest.js";
import type { GenerationEnd__Output } from "./generated/painters/v1/GenerationEnd.js";
import type {
  GenerationNews__Output,
  GenerationNews as WireNews,
} from "./generated/painters/v1/GenerationNews.js";
import type { TextPiece__Output } from "./generated/painters/v1/TextPiece.js";
import type { EndNews, GenerationNews, PieceNews } from "./generation-words.js";
import { maxGenerationBytes } from "./limits.js";
import { ProtocolError } from "./protocol-error.js";
import { amount, count, jsonValue, present, text } from "./wire-check.js";

/** Any JSON value; the coordinator's schema judges it. */
export const generateRequest: Codec<unknown, GenerateRequest, GenerateRequest__Output> = {
  toWire: (value) => ({ optionsJson: JSON.stringify(value) }),
  fromWire({ optionsJson }) {
    const bytes = Buffer.byteLength(optionsJson);
    if (bytes > maxGenerationBytes) {
      throw new ProtocolError("options_json", `has ${bytes} bytes; at most ${maxGenerationBytes} are taken`);
    }
    return jsonValue("options_json", optionsJson);
  },
};

export const generationNews: Codec<GenerationNews, WireNews, GenerationNews__Output> = {
  toWire(news) {
    switch (news.kind) {
      case "waits":
        return { waits: news.reason };
      case "start":
        return { start: { model: news.model, schedules: [...news.schedules] } };
      case "piece": {
        const { kind: _, tokens, ...piece } = news;
        return { piece: { ...piece, tokens: [...tokens] } };
      }
      case "end": {
        const { tokenMs, visitMs, visits, promptMs } = news.timing;
        const known = Object.entries({ tokenMs, visitMs, promptMs }).filter(([, ms]) => ms !== null);
        return { end: { failed: [...news.failed], visits, ...Object.fromEntries(known) } };
      }
    }
  },
  fromWire(wire) {
    switch (present("news", wire.news)) {
      case "waits":
        return { kind: "waits", reason: wire.waits ?? "" };
      case "start": {
        const { model, schedules } = present("start", wire.start);
        return { kind: "start", model: text("start.model", model), schedules };
      }
      case "piece":
        return pieceFromWire(present("piece", wire.piece));
      case "end":
        return endFromWire(present("end", wire.end));
    }
  },
};

function pieceFromWire({ schedule, prompt, kept, added, isOver, tokens }: TextPiece__Output): PieceNews {
  return { kind: "piece", schedule, prompt, kept, added, isOver, tokens };
}

function endFromWire({ failed, tokenMs, visitMs, visits, promptMs }: GenerationEnd__Output): EndNews {
  const known = (field: string, value: number | undefined): number | null =>
    value === undefined ? null : amount(`end.${field}`, value);
  const timing = {
    tokenMs: known("token_ms", tokenMs),
    visitMs: known("visit_ms", visitMs),
    visits: count("end.visits", visits),
    promptMs: known("prompt_ms", promptMs),
  };
  return { kind: "end", failed, timing };
}
