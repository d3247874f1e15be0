//go:build cgo

package main

import _ "github.com/pifr-go/pifr/backend/xla"
