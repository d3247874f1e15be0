package photos

import (
	"encoding/binary"
	"fmt"
	"image"
)

// box is a box of ISO's base media file format (14496-12), of which HEIC and AVIF files
// are made (23008-12).
type box struct {
	kind string
	body []byte
}

// boxesIn lists the boxes that data are made of. What follows a damaged one is left out.
func boxesIn(data []byte) (all []box) {
	const most = 1 << 12 // files have tens of them
	for len(data) >= 8 && len(all) < most {
		head, size := 8, uint64(binary.BigEndian.Uint32(data))
		switch {
		case size == 1 && len(data) >= 16:
			head, size = 16, binary.BigEndian.Uint64(data[8:])
		case size == 0:
			size = uint64(len(data))
		}
		if size < uint64(head) || size > uint64(len(data)) {
			return all
		}
		all = append(all, box{string(data[4:8]), data[head:size]})
		data = data[size:]
	}
	return all
}

// child returns the body of the first box of a kind, nil if there is none, without the
// version and flags that a full box begins with.
func child(all []box, kind string, full bool) []byte {
	for _, b := range all {
		if b.kind != kind {
			continue
		}
		if !full {
			return b.body
		}
		if len(b.body) >= 4 {
			return b.body[4:]
		}
	}
	return nil
}

// still is what the header of a HEIC or AVIF file says of its picture.
type still struct {
	size        image.Point // the largest that any part has
	orientation int         // EXIF's number for what the properties irot and imir ask for
	limited     bool        // whether luma takes 16 to 235 only
}

// readStill reads the header.
func readStill(data []byte) (still, error) {
	meta := boxesIn(child(boxesIn(data), "meta", true))
	properties := boxesIn(child(meta, "iprp", false))
	known := boxesIn(child(properties, "ipco", false))
	s := still{orientation: 1}
	for _, p := range known {
		if p.kind == "ispe" && len(p.body) >= 12 {
			w, h := binary.BigEndian.Uint32(p.body[4:]), binary.BigEndian.Uint32(p.body[8:])
			if size := image.Pt(int(w), int(h)); uint64(w)*uint64(h) > uint64(s.size.X)*uint64(s.size.Y) {
				s.size = size
			}
		}
	}
	if s.size.X <= 0 || s.size.Y <= 0 {
		return s, fmt.Errorf("%w: no header of a picture", ErrTruncated)
	}
	turns, mirror := 0, -1
	for _, i := range associated(child(properties, "ipma", false), primary(child(meta, "pitm", false))) {
		if i < 1 || i > len(known) || len(known[i-1].body) < 1 {
			continue
		}
		switch p := known[i-1]; p.kind {
		case "irot":
			turns = int(p.body[0] & 3)
		case "imir":
			mirror = int(p.body[0] & 1)
		case "colr":
			const fullRange = 10
			s.limited = len(p.body) > fullRange && string(p.body[:4]) == "nclx" && p.body[fullRange]&0x80 == 0
		}
	}
	s.orientation = orientationOf(turns, mirror)
	return s, nil
}

// orientationOf is EXIF's number for a picture that is turned by 90 degrees a number of
// times, anticlockwise, and then mirrored: 0 exchanges top and bottom, 1 left and right, -1
// nothing.
func orientationOf(turns, mirror int) int {
	return [4][3]int{{1, 4, 2}, {8, 5, 7}, {3, 2, 4}, {6, 7, 5}}[turns&3][mirror+1]
}

// primary is the number of the item that is the picture.
func primary(pitm []byte) uint32 {
	switch {
	case len(pitm) >= 6 && pitm[0] == 0:
		return uint32(binary.BigEndian.Uint16(pitm[4:]))
	case len(pitm) >= 8:
		return binary.BigEndian.Uint32(pitm[4:])
	}
	return 0
}

// associated lists the properties of an item, counted from 1.
func associated(ipma []byte, item uint32) (indices []int) {
	if len(ipma) < 8 {
		return nil
	}
	version, wide := ipma[0], ipma[3]&1 != 0
	rest := ipma[8:]
	for range binary.BigEndian.Uint32(ipma[4:]) {
		id, n := uint32(0), 2
		if version > 0 {
			n = 4
		}
		if len(rest) < n+1 {
			return indices
		}
		for _, b := range rest[:n] {
			id = id<<8 | uint32(b)
		}
		count := int(rest[n])
		rest = rest[n+1:]
		for range count {
			if len(rest) < 1 || wide && len(rest) < 2 {
				return indices
			}
			index := int(rest[0] & 0x7f)
			if rest = rest[1:]; wide {
				index = index<<8 | int(rest[0])
				rest = rest[1:]
			}
			if id == item {
				indices = append(indices, index)
			}
		}
	}
	return indices
}
