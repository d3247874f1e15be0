//go:build cgo

package models_test

import _ "github.com/pifr-go/pifr/backend/xla"

func init() { matesEngines = append(matesEngines, "xla:cpu") }
