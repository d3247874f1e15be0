package imaging

import (
	"bytes"
	"encoding/binary"
)

// Orientation returns the EXIF orientation, 1 to 8, of a JPEG, PNG, TIFF or WebP file; 1
// (upright) if it states none or a wrong one. Damaged metadata is no reason to refuse a
// picture, so nothing here fails.
func Orientation(data []byte, format string) int {
	switch format {
	case "jpeg":
		return tiffOrientation(jpegExif(data))
	case "png":
		return tiffOrientation(pngExif(data))
	case "tiff":
		return tiffOrientation(data)
	case "webp":
		return tiffOrientation(webpExif(data))
	}
	return 1
}

// webpExif returns the contents of the EXIF chunk of a WebP file, or nil. Some writers
// put the marker of JPEG's segment in front.
func webpExif(data []byte) []byte {
	const header, overhead = 12, 8
	for at := int64(header); at+overhead <= int64(len(data)); {
		length := int64(binary.LittleEndian.Uint32(data[at+4:]))
		if length > int64(len(data))-at-overhead {
			return nil
		}
		if string(data[at:at+4]) == "EXIF" {
			return bytes.TrimPrefix(data[at+overhead:at+overhead+length], []byte("Exif\x00\x00"))
		}
		at += overhead + length + length&1
	}
	return nil
}

// jpegExif returns the TIFF structure in the APP1 segment of a JPEG file, or nil.
func jpegExif(data []byte) []byte {
	const soi, app1, sos, eoi = 0xd8, 0xe1, 0xda, 0xd9
	prefix := []byte("Exif\x00\x00")
	for at := 0; at+1 < len(data); {
		if data[at] != 0xff {
			return nil
		}
		marker := data[at+1]
		at++
		switch {
		case marker == 0xff: // fill byte
			continue
		case marker == soi || marker >= 0xd0 && marker <= 0xd7:
			at++
			continue
		case marker == sos || marker == eoi || at+3 > len(data):
			return nil
		}
		length := int(binary.BigEndian.Uint16(data[at+1:]))
		end := at + 1 + length
		if length < 2 || end > len(data) {
			return nil
		}
		if body := data[at+3 : end]; marker == app1 && bytes.HasPrefix(body, prefix) {
			return body[len(prefix):]
		}
		at = end
	}
	return nil
}

// pngExif returns the contents of the eXIf chunk of a PNG file, or nil.
func pngExif(data []byte) []byte {
	const signature, overhead = 8, 12 // a chunk has a length, a name and a checksum around its contents
	for at := signature; at+overhead <= len(data); {
		length := int64(binary.BigEndian.Uint32(data[at:]))
		if length > int64(len(data)-at-overhead) {
			return nil
		}
		if string(data[at+4:at+8]) == "eXIf" {
			return data[at+8 : at+8+int(length)]
		}
		at += overhead + int(length)
	}
	return nil
}

// tiffOrientation finds the orientation in the first directory of a TIFF structure.
func tiffOrientation(tiff []byte) int {
	const header, entry, tag = 8, 12, 0x0112
	if len(tiff) < header {
		return 1
	}
	var order binary.ByteOrder
	switch string(tiff[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 1
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 1
	}
	count := int(order.Uint16(tiff[at:]))
	for rest := tiff[at+2:]; count > 0 && len(rest) >= entry; count, rest = count-1, rest[entry:] {
		if order.Uint16(rest) != tag {
			continue
		}
		if v := tiffInteger(rest, order); v >= 1 && v <= 8 {
			return int(v)
		}
		return 1
	}
	return 1
}

// tiffInteger is the value of a directory's entry, 0 if it is no integer. The standard
// asks for a SHORT here; cameras and editors write others.
func tiffInteger(entry []byte, order binary.ByteOrder) uint32 {
	const byteType, short, long, signedByte, signedShort, signedLong = 1, 3, 4, 6, 8, 9
	switch order.Uint16(entry[2:]) {
	case byteType, signedByte:
		return uint32(entry[8])
	case short, signedShort:
		return uint32(order.Uint16(entry[8:]))
	case long, signedLong:
		return order.Uint32(entry[8:])
	}
	return 0
}

// Orient turns a picture upright. The orientation names the sides of the upright picture
// on which the stored first row and first column lie: 1 top left, 2 top right, 3 bottom
// right, 4 bottom left, 5 left top, 6 right top, 7 right bottom, 8 left bottom.
func Orient(m *RGB, orientation int) *RGB {
	w, h := m.Width, m.Height
	// Stored position of the upright picture's first pixel, and the stored steps of its x
	// and y.
	var x0, y0, xByX, yByX, xByY, yByY int
	switch orientation {
	case 2:
		x0, xByX, yByY = w-1, -1, 1
	case 3:
		x0, y0, xByX, yByY = w-1, h-1, -1, -1
	case 4:
		y0, xByX, yByY = h-1, 1, -1
	case 5:
		yByX, xByY = 1, 1
	case 6:
		y0, yByX, xByY = h-1, -1, 1
	case 7:
		x0, y0, yByX, xByY = w-1, h-1, -1, -1
	case 8:
		x0, yByX, xByY = w-1, 1, -1
	default:
		return m
	}
	if orientation >= 5 {
		w, h = h, w
	}
	out := NewRGB(w, h)
	for y := range h {
		dst := out.row(y)
		for x := range w {
			from := 3 * ((y0+x*yByX+y*yByY)*m.Width + x0 + x*xByX + y*xByY)
			copy(dst[3*x:3*x+3], m.Pix[from:from+3])
		}
	}
	return out
}
