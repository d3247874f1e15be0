//go:build cgo

package baseline

import _ "github.com/pifr-go/pifr/backend/xla"
