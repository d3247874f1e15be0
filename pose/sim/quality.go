package sim

import "image"

func (q Quality) apply(img *image.RGBA, seed uint64) {}
