//go:build cgo

package head

import _ "github.com/pifr-go/pifr/backend/xla"
