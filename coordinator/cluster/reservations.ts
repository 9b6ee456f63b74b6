// Who has promised how many bytes of hidden states to which device. Injections are
// let in by it, so that on the workers nothing ever waits for memory.

/** A device of a control stream; epochs that share the device share its bytes. */
export type DeviceKey = string;

export class Reservations {
  readonly bytesPerDevice: number;
  readonly #reserved = new Map<DeviceKey, number>();

  constructor(bytesPerDevice: number) {
    this.bytesPerDevice = bytesPerDevice;
  }

  fits(needs: ReadonlyMap<DeviceKey, number>): boolean {
    for (const [device, bytes] of needs) {
      if (this.reserved(device) + bytes > this.bytesPerDevice) return false;
    }
    return true;
  }

  reserve(needs: ReadonlyMap<DeviceKey, number>): void {
    for (const [device, bytes] of needs) this.#reserved.set(device, this.reserved(device) + bytes);
  }

  free(device: DeviceKey, bytes: number): void {
    const left = this.reserved(device) - bytes;
    if (left < 0) throw new Error(`more is freed on ${device} than was reserved`);
    if (left === 0) this.#reserved.delete(device);
    else this.#reserved.set(device, left);
  }

  reserved(device: DeviceKey): number {
    return this.#reserved.get(device) ?? 0;
  }
}
