package backend

// Unregister takes a driver out of the registry and returns it.
func Unregister(engine string) Driver {
	registry.Lock()
	defer registry.Unlock()
	d := registry.drivers[engine]
	delete(registry.drivers, engine)
	return d
}
