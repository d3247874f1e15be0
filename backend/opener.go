package backend

import "github.com/pifr-go/pifr/internal/engine"

// Library packages open engines through internal/engine, and so link none by themselves.
func init() { engine.Register(OpenContext) }
