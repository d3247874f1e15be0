package backend

// Closer is what a Driver implements whose engines leave memory behind that is free and
// still the process's.
type Closer interface {
	// Closed is called after an engine has been finalized.
	Closed()
}

// Close finalizes an engine, and has the driver that knows it give back to the system what
// stays behind. Finalize alone frees what the engine holds. Drivers are known by their
// Traits; an engine of another one is finalized, and nothing else.
func Close(engine Backend) {
	var closer Closer
	registry.RLock()
	for _, d := range registry.drivers {
		c, ok := d.(Closer)
		if !ok {
			continue
		}
		if tuner, ok := d.(Tuner); ok {
			if _, mine := tuner.Traits(engine); mine {
				closer = c
			}
		}
	}
	registry.RUnlock()
	engine.Finalize()
	if closer != nil {
		closer.Closed()
	}
}
