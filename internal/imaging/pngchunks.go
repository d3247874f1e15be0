package imaging

import (
	"encoding/binary"
	"hash/crc32"
	"strings"
)

// pngEssence returns a PNG file without the chunks that do not matter to its pixels, so
// that a wrong checksum in one of them is no error, and with the end marker that a file
// may lack. Of transparency, libpng reads no chunk with a wrong checksum; nor is it kept
// here. A chunk that is cut short stays, for the decoder to see.
func pngEssence(data []byte) []byte {
	const signature, overhead = 8, 12
	out := append(make([]byte, 0, len(data)+overhead), data[:min(signature, len(data))]...)
	pixels := false
	for at := signature; at < len(data); {
		if at+overhead > len(data) {
			return append(out, data[at:]...)
		}
		length := int64(binary.BigEndian.Uint32(data[at:]))
		if length > int64(len(data)-at-overhead) {
			return append(out, data[at:]...)
		}
		chunk := data[at : at+overhead+int(length)]
		at += len(chunk)
		switch name := string(chunk[4:8]); name {
		case "IEND":
			return append(out, chunk...)
		case "IHDR", "PLTE", "IDAT":
			pixels = pixels || name == "IDAT"
			out = append(out, chunk...)
		case "tRNS":
			sum := binary.BigEndian.Uint32(chunk[len(chunk)-4:])
			if crc32.ChecksumIEEE(chunk[4:len(chunk)-4]) == sum {
				out = append(out, chunk...)
			}
		default:
			if name == strings.ToUpper(name) { // critical, and unknown: the decoder has to say what it thinks of it
				out = append(out, chunk...)
			}
		}
	}
	if !pixels {
		return out
	}
	return append(out, "\x00\x00\x00\x00IEND\xaeB`\x82"...)
}
