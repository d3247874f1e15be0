package photos

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Kind is what a file is by its first bytes, whatever its name says.
type Kind string

// Pictures that Decode reads: HEIC and AVIF where their packages are linked.
const (
	JPEG Kind = "jpeg" // with MPO, and photos that a phone has put a film behind
	PNG  Kind = "png"
	GIF  Kind = "gif"
	BMP  Kind = "bmp"
	TIFF Kind = "tiff"
	WebP Kind = "webp"
	HEIC Kind = "heic" // HEIF with HEVC
	AVIF Kind = "avif"
)

// Pictures that are recognized and not read.
const (
	JPEGXL   Kind = "jpeg xl"
	JPEG2000 Kind = "jpeg 2000"
	Raw      Kind = "raw photo" // of a camera, where that can be told from TIFF
	PSD      Kind = "photoshop"
	Icon     Kind = "icon"
)

// What else there is in folders of photos.
const (
	Video   Kind = "video"
	Audio   Kind = "audio"
	PDF     Kind = "pdf"
	Archive Kind = "archive"
	Text    Kind = "text"
	Program Kind = "program"
	Sidecar Kind = "apple double" // ._NAME, where macOS keeps what other disks cannot
	Empty   Kind = "empty"
	Other   Kind = "other"
)

// Picture says whether this is a picture, readable or not.
func (k Kind) Picture() bool {
	switch k {
	case JPEGXL, JPEG2000, Raw, PSD, Icon:
		return true
	}
	return k.readable()
}

// readable says whether Decode knows the format, linked or not.
func (k Kind) readable() bool {
	switch k {
	case JPEG, PNG, GIF, BMP, TIFF, WebP, HEIC, AVIF:
		return true
	}
	return false
}

// headLen is how much of a file KindOf looks at.
const headLen = 512

// magics are the beginnings of files.
var magics = []struct {
	at    int
	bytes string
	kind  Kind
}{
	{0, "\xff\xd8\xff", JPEG},
	{0, "\x89PNG\r\n\x1a\n", PNG},
	{0, "GIF87a", GIF},
	{0, "GIF89a", GIF},
	{8, "CR\x02\x00", Raw}, // Canon's, within TIFF
	{0, "II*\x00", TIFF},
	{0, "MM\x00*", TIFF},
	{0, "IIRO", Raw},
	{0, "IIRS", Raw},
	{0, "IIU\x00", Raw},
	{0, "FUJIFILMCCD-RAW", Raw},
	{8, "WEBP", WebP},
	{0, "\xff\x0a", JPEGXL},
	{0, "\x00\x00\x00\x0cJXL \r\n\x87\n", JPEGXL},
	{0, "\x00\x00\x00\x0cjP  \r\n\x87\n", JPEG2000},
	{0, "\xff\x4f\xff\x51", JPEG2000},
	{0, "8BPS", PSD},
	{0, "\x00\x00\x01\x00", Icon},
	{0, "\x00\x05\x16\x07", Sidecar},
	{0, "%PDF-", PDF},
	{8, "AVI ", Video},
	{8, "WAVE", Audio},
	{0, "\x1a\x45\xdf\xa3", Video}, // Matroska, WebM
	{0, "\x00\x00\x01\xba", Video}, // MPEG
	{0, "\x00\x00\x01\xb3", Video},
	{0, "FLV\x01", Video},
	{0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11", Video}, // WMV
	{4, "moov", Video},
	{4, "mdat", Video},
	{4, "wide", Video},
	{0, "ID3", Audio},
	{0, "\xff\xfb", Audio},
	{0, "fLaC", Audio},
	{0, "OggS", Audio},
	{0, "PK\x03\x04", Archive},
	{0, "PK\x05\x06", Archive},
	{0, "\x1f\x8b", Archive},
	{0, "BZh", Archive},
	{0, "7z\xbc\xaf\x27\x1c", Archive},
	{0, "\xfd7zXZ\x00", Archive},
	{0, "\x28\xb5\x2f\xfd", Archive},
	{0, "Rar!\x1a\x07", Archive},
	{257, "ustar", Archive},
	{0, "\x7fELF", Program},
	{0, "MZ", Program},
	{0, "\xcf\xfa\xed\xfe", Program},
}

// KindOf tells what a file is by its first bytes; 512 are enough.
func KindOf(head []byte) Kind {
	if len(head) == 0 {
		return Empty
	}
	if len(head) >= 12 && string(head[4:8]) == "ftyp" {
		return kindOfBrands(head)
	}
	for _, m := range magics {
		if len(head) < m.at || !bytes.HasPrefix(head[m.at:], []byte(m.bytes)) {
			continue
		}
		if riff := m.at == 8 && m.kind != Raw; riff && string(head[:4]) != "RIFF" {
			continue
		}
		return m.kind
	}
	if isBMP(head) {
		return BMP
	}
	if isText(head[:min(len(head), headLen)]) {
		return Text
	}
	return Other
}

// isBMP looks beyond the two letters, with which texts begin as well, for the length of
// the header that follows them.
func isBMP(head []byte) bool {
	const info = 14
	if len(head) < info+4 || string(head[:2]) != "BM" {
		return false
	}
	switch head[info] {
	case 12, 40, 52, 56, 64, 108, 124:
		return head[info+1] == 0 && head[info+2] == 0 && head[info+3] == 0
	}
	return false
}

// kindOfBrands tells what a file of ISO's base media format is. The brand "mif1" says
// only that it is a picture; those that it is compatible with say which.
func kindOfBrands(head []byte) Kind {
	end := len(head)
	if size := int(head[0])<<24 | int(head[1])<<16 | int(head[2])<<8 | int(head[3]); size >= 12 {
		end = min(end, size)
	}
	general := false
	for at := 8; at+4 <= end; at += 4 {
		if at == 12 {
			continue // the brand's version
		}
		switch brand := string(head[at : at+4]); brand {
		case "heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs":
			return HEIC
		case "avif", "avis":
			return AVIF
		case "crx ":
			return Raw
		case "mif1", "msf1", "miaf":
			general = true
		default:
			if at == 8 && strings.HasPrefix(brand, "M4A") {
				return Audio
			}
		}
	}
	if general {
		return HEIC
	}
	return Video
}

// isText says whether there are no control characters but white space.
func isText(head []byte) bool {
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return true // UTF-16
	}
	for _, b := range head {
		if b < ' ' && !strings.ContainsRune("\t\n\r\f\x1b", rune(b)) || b == 0x7f {
			return false
		}
	}
	// In UTF-8, whose last character may be cut in two, or in one of the older codes, where
	// most bytes are letters all the same.
	high := 0
	for _, b := range head {
		if b >= utf8.RuneSelf {
			high++
		}
	}
	if 3*high < len(head) || utf8.Valid(head) {
		return true
	}
	for cut := range utf8.UTFMax {
		if len(head) == headLen && utf8.Valid(head[:headLen-cut]) {
			return true
		}
	}
	return false
}
