// Package all lets package photos read every format that it knows.
package all

import (
	_ "github.com/pifr-go/pifr/fspfm/photos/avif" // registers the format
	_ "github.com/pifr-go/pifr/fspfm/photos/heic"
)
