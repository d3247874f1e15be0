package photos

import (
	"encoding/binary"
	"image"
)

// webpChunk is a chunk of a RIFF file, with its header, and its padding if it is there.
type webpChunk struct {
	name        string
	body, whole []byte
}

func webpChunks(data []byte) (all []webpChunk) {
	const most = 1 << 12
	for len(data) >= 8 && len(all) < most {
		size := uint64(binary.LittleEndian.Uint32(data[4:]))
		if size > uint64(len(data)-8) {
			size = uint64(len(data) - 8) // cut short: the decoder says so
		}
		end := min(8+size+size&1, uint64(len(data)))
		all = append(all, webpChunk{string(data[:4]), data[8 : 8+size], data[:end]})
		data = data[end:]
	}
	return all
}

// webpStill returns a WebP file with one picture: of a film, one made of its first frame.
// The size is that of the picture's own header, which the file's need not be.
func webpStill(data []byte) (still []byte, size image.Point) {
	if len(data) < 12 {
		return data, size
	}
	chunks := webpChunks(data[12:])
	for _, c := range chunks {
		const frameHeader = 16
		if c.name == "ANMF" && len(c.body) > frameHeader {
			data = webpFrame(c.body[:frameHeader], webpChunks(c.body[frameHeader:]))
			chunks = webpChunks(data[12:])
			break
		}
	}
	for _, c := range chunks {
		switch b := c.body; {
		case c.name == "VP8 " && len(b) >= 10:
			size = image.Pt(int(binary.LittleEndian.Uint16(b[6:])&0x3fff), int(binary.LittleEndian.Uint16(b[8:])&0x3fff))
		case c.name == "VP8L" && len(b) >= 5:
			bits := binary.LittleEndian.Uint32(b[1:])
			size = image.Pt(int(bits&0x3fff)+1, int(bits>>14&0x3fff)+1)
		}
	}
	return data, size
}

// webpFrame makes a file of a frame. Where it lies on its canvas is left out: what is
// around the first one is transparent.
func webpFrame(header []byte, chunks []webpChunk) []byte {
	out := []byte("RIFF\x00\x00\x00\x00WEBP")
	for _, c := range chunks {
		switch c.name {
		case "ALPH":
			const alpha = 0x10
			out = append(out, "VP8X\x0a\x00\x00\x00"...)
			out = append(append(out, alpha, 0, 0, 0), header[6:12]...)
			out = append(out, c.whole...)
		case "VP8 ", "VP8L":
			out = append(out, c.whole...)
		}
	}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}
