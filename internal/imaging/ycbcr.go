package imaging

import "image"

// ycbcrRow converts one line of a JPEG's planes from (x0, y) on: the chroma is
// interpolated as libjpeg does, then converted by the JFIF equations.
func ycbcrRow(dst []uint8, img *image.YCbCr, x0, y int) {
	n := len(dst) / 3
	luma := img.Y[img.YOffset(x0, y):][:n]
	chroma := make([]uint8, 2*n)
	cb, cr := chroma[:n], chroma[n:]
	upsample(cb, img.Cb, img, x0, y)
	upsample(cr, img.Cr, img, x0, y)
	for i, l := range luma {
		// 16.16 fixed point of the JFIF equations, rounded.
		yy := int32(l)<<16 + 1<<15
		b, r := int32(cb[i])-128, int32(cr[i])-128
		dst[3*i] = clamp8((yy + 91881*r) >> 16)
		dst[3*i+1] = clamp8((yy - 22554*b - 46802*r) >> 16)
		dst[3*i+2] = clamp8((yy + 116130*b) >> 16)
	}
}

func clamp8(v int32) uint8 { return uint8(max(0, min(v, 255))) }

// upsample fills dst with one line of a chroma plane at the luma's resolution. A chroma
// sample lies in the middle of the two luma samples it covers in a direction, so each of
// these takes 3/4 of it and 1/4 of the neighbor on its own side; outside the plane the
// edge repeats. The two roundings alternate, as libjpeg's do, so that flat areas keep no
// bias.
func upsample(dst, plane []uint8, img *image.YCbCr, x0, y int) {
	ratio := img.SubsampleRatio
	wide := ratio == image.YCbCrSubsampleRatio420 || ratio == image.YCbCrSubsampleRatio422
	tall := ratio == image.YCbCrSubsampleRatio420 || ratio == image.YCbCrSubsampleRatio440
	// Left of and above the origin the planes' own indexing is not regular, and no
	// decoder puts a picture there.
	if !wide && !tall || img.Rect.Min.X < 0 || img.Rect.Min.Y < 0 {
		for i := range dst {
			dst[i] = plane[img.COffset(x0+i, y)]
		}
		return
	}
	other := y
	if tall {
		other = max(img.Rect.Min.Y, min(y+4*(y&1)-2, img.Rect.Max.Y-1))
	}
	near, far := plane[img.COffset(x0, y):], plane[img.COffset(x0, other):]
	switch {
	case wide && tall:
		stretch(dst, near, far, x0, 4, 8, 7)
	case wide:
		// Twice the same line: 3*s + s carries no information, so the two bits that it
		// adds go again.
		stretch(dst, near, near, x0, 4, 4, 8)
	default:
		half := 1 + y&1
		for i := range dst {
			dst[i] = uint8((3*int(near[i]) + int(far[i]) + half) >> 2)
		}
	}
}

// stretch doubles a line of chroma that weighs near 3:1 against far, beginning at luma
// column x0. The halves are added before the shift, for even and odd columns.
func stretch(dst, near, far []uint8, x0, shift, evenHalf, oddHalf int) {
	last := (x0+len(dst)-1)/2 - x0/2
	sum := func(c int) int {
		c = max(0, min(c, last))
		return 3*int(near[c]) + int(far[c])
	}
	for i := range dst {
		x := x0 + i
		c := x/2 - x0/2
		if x&1 == 0 {
			dst[i] = uint8((3*sum(c) + sum(c-1) + evenHalf) >> shift)
		} else {
			dst[i] = uint8((3*sum(c) + sum(c+1) + oddHalf) >> shift)
		}
	}
}
