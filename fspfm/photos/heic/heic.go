// Package heic lets package photos read HEIC, the format of phones, in the program that
// imports it:
//
//	import _ "github.com/pifr-go/pifr/fspfm/photos/heic"
//
// The decoder is libheif with libde265, compiled to WebAssembly and run by wazero in pure
// Go (github.com/gen2brain/heic). It is compiled anew in each process, at the first
// photo, and takes several times as long as native code. Its memory is its own: a damaged
// file cannot harm the process, and one that lies about its size is stopped at 4 GiB.
//
// Where the system has a file libheif.so, or its like, that library takes the place of
// the one that is built in, unless the program is built with -tags nodynamic. Also, a
// program with this package is linked dynamically on Linux, with CGO_ENABLED=0 as well.
package heic

import (
	"bytes"
	"fmt"
	"image"

	"github.com/gen2brain/heic"

	"github.com/pifr-go/pifr/fspfm/photos"
)

func init() {
	photos.Register(photos.HEIC, decode)
}

// narrowest is the least width that the decoder gets right. libheif makes room for lines
// of 64 samples at least, and the code around it reckons with fewer: chroma, which has
// half as many, comes out in the wrong places below 128.
const narrowest = 128

func decode(data []byte) (image.Image, error) {
	// Of the brands that a file may begin with, the decoder takes the commonest only.
	if brand := data[8:12]; string(brand) != "heic" && string(brand) != "heix" {
		data = bytes.Clone(data)
		copy(data[8:12], "heic")
	}
	m, err := heic.Decode(bytes.NewReader(data))
	if err == nil && m.Bounds().Dx() < narrowest {
		return nil, fmt.Errorf("%w: HEIC narrower than %d pixels", photos.ErrUnsupported, narrowest)
	}
	return m, err
}
