package sim

func (s *scene) occlude() {}
