//go:build cgo

package fspfm

import _ "github.com/pifr-go/pifr/backend/xla"
