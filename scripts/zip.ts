/** The least that a ZIP file is: what Lambda and the AgentCore Runtime take for code. */
import { crc32 } from "node:zlib"

/** Files by name, stored as they are. */
export const zip = (files: Readonly<Record<string, Uint8Array>>): Buffer => {
  const bodies: Array<Buffer> = []
  const entries: Array<Buffer> = []
  let offset = 0
  for (const [name, content] of Object.entries(files)) {
    const path = Buffer.from(name)
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    // 1980-01-01, the first day that the format knows.
    common.writeUInt16LE(0x21, 8)
    common.writeUInt32LE(crc32(content), 10)
    common.writeUInt32LE(content.length, 14)
    common.writeUInt32LE(content.length, 18)
    common.writeUInt16LE(path.length, 22)
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, path, content])
    const central = Buffer.alloc(14)
    // Readable by everybody, as Lambda wants it.
    central.writeUInt32LE(0o100644 * 0x10000, 6)
    central.writeUInt32LE(offset, 10)
    entries.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x03"), common, central, path]))
    bodies.push(local)
    offset += local.length
  }
  const directory = Buffer.concat(entries)
  const end = Buffer.alloc(22)
  end.write("PK\x05\x06", "latin1")
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...bodies, directory, end])
}
