//go:build cgo

package backbone

import _ "github.com/pifr-go/pifr/backend/xla"

func init() { bodyEngines = append(bodyEngines, "xla:cpu") }
