// The thread of one device (device.ts). Sessions block it while they run; between two steps it
// takes in whatever has come, so an abort or a frame never waits for more than one.
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { Device } from "./device.js";
import type { DeviceSettings, FromDevice, ToDevice } from "./device-messages.js";

const port = parentPort!;
const said: FromDevice[] = [];
const device = new Device(workerData as DeviceSettings, (message) => said.push(message));
const inbox: ToDevice[] = [];
let pumping = false;

/** What one message or step led to goes out together: waking the main thread costs more than it holds. */
function post(): void {
  if (said.length === 0) return;
  port.postMessage(said, said.flatMap(buffersOf));
  said.length = 0;
}

/** What is given away. */
function buffersOf(message: FromDevice): ArrayBuffer[] {
  switch (message.kind) {
    case "frame":
      return [message.payload.buffer];
    case "scored":
      return [message.logprobs.buffer, message.isGreedy.buffer];
    case "generated":
      return [message.tokens.buffer];
    case "probed":
      return [message.values.buffer];
    case "epoch-ready":
    case "epoch-failed":
    case "finished":
      return [];
  }
}

async function pump(): Promise<void> {
  if (pumping) return;
  pumping = true;
  let stepped = true;
  while (stepped || inbox.length > 0) {
    for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
      inbox.push(next.message as ToDevice);
    }
    for (let message = inbox.shift(); message; message = inbox.shift()) {
      if (message.kind === "stop") {
        await device.release();
        port.close();
        return;
      }
      await device.take(message);
      post();
    }
    stepped = await device.step();
    post();
  }
  pumping = false;
}

port.on("message", (message: ToDevice) => {
  inbox.push(message);
  void pump();
});
