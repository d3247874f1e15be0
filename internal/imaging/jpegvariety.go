package imaging

import "encoding/binary"

// jpegVariety names what keeps a JPEG from being decoded, by its frame header; empty if
// nothing does.
func jpegVariety(data []byte) string {
	for at := 2; at+9 < len(data); {
		marker := data[at+1]
		switch {
		case data[at] != 0xff:
			return ""
		case marker == 0xff: // fill byte
			at++
			continue
		case marker < 0xc0 || marker >= 0xd0 && marker <= 0xda || marker == 0xc4 || marker == 0xcc || marker > 0xda:
		case marker >= 0xc9:
			return "with arithmetic coding"
		case marker == 0xc3 || marker == 0xc7:
			return "without loss"
		case marker > 0xc3:
			return "hierarchical"
		case data[at+4] != 8:
			return "with more than 8 bits for a sample"
		default:
			return ""
		}
		if marker == 0xda || marker == 0xd9 {
			return ""
		}
		at += 2 + int(binary.BigEndian.Uint16(data[at+2:]))
	}
	return ""
}
