//go:build cgo

package all

import _ "github.com/pifr-go/pifr/backend/xla"
