// Package avif lets package photos read AVIF in the program that imports it:
//
//	import _ "github.com/pifr-go/pifr/fspfm/photos/avif"
//
// The decoder is libavif with libaom, compiled to WebAssembly and run by wazero in pure Go
// (github.com/gen2brain/avif). It is compiled anew in each process, at the first photo,
// and takes several times as long as native code. Its memory is its own: a damaged file
// cannot harm the process, and one that lies about its size is stopped at 4 GiB.
//
// Where the system has a file libavif.so, or its like, that library takes the place of
// the one that is built in, unless the program is built with -tags nodynamic. Also, a
// program with this package is linked dynamically on Linux, with CGO_ENABLED=0 as well.
package avif

import (
	"bytes"
	"image"

	"github.com/gen2brain/avif"

	"github.com/pifr-go/pifr/fspfm/photos"
)

func init() {
	photos.Register(photos.AVIF, func(data []byte) (image.Image, error) { return avif.Decode(bytes.NewReader(data)) })
}
