package photos

import "encoding/binary"

// isRaw says whether a TIFF file is a camera's raw photo (DNG, NEF, ARW and others): its
// first picture is then a small one for previews.
func isRaw(data []byte) bool {
	const newSubfileType, dngVersion, reduced = 0x00fe, 0xc612, 1
	if len(data) < 8 {
		return false
	}
	var order binary.ByteOrder = binary.LittleEndian
	if data[0] == 'M' {
		order = binary.BigEndian
	}
	at := int64(order.Uint32(data[4:]))
	if at+2 > int64(len(data)) {
		return false
	}
	count := int(order.Uint16(data[at:]))
	for rest := data[at+2:]; count > 0 && len(rest) >= 12; count, rest = count-1, rest[12:] {
		switch order.Uint16(rest) {
		case newSubfileType:
			if order.Uint32(rest[8:])&reduced != 0 {
				return true
			}
		case dngVersion:
			return true
		}
	}
	return false
}
