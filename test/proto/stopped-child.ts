// A process for tests to stop or kill: `attach ADDRESS` is a worker, `serve` a
// coordinator and a producer, `pull ADDRESS` a consumer.
import { attachControl } from "../../proto/control-client.js";
import { serveControl } from "../../proto/control-server.js";
import { openDataLink } from "../../proto/data-client.js";
import { serveData } from "../../proto/data-server.js";
import { createServer } from "../../proto/server.js";
import { helloOf, plain } from "./loopback.js";

const [role, address = "127.0.0.1:0"] = process.argv.slice(2);
const say = (text: string): boolean => process.send!(text);

switch (role) {
  case "attach":
    attachControl(address, plain, () => helloOf("child"), {
      attached: () => say("attached"),
      message: () => {},
      closed: ({ reason }) => console.error(reason),
    });
    break;
  case "serve": {
    const server = createServer({ address, credentials: plain });
    serveControl(server, { attached: () => {}, message: () => {}, closed: () => {} });
    serveData(server, { mayPull: () => true });
    say(await server.listen());
    break;
  }
  case "pull":
    await openDataLink(
      { address, credentials: plain, self: "child", producer: "producer" },
      { frame: () => say("frame"), closed: () => {} },
    );
    say("opened");
    break;
  default:
    throw new Error(`what is ${role}?`);
}
process.on("disconnect", () => process.exit());
