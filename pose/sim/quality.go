package sim

import (
	"bytes"
	"image"
	"image/draw"
	"image/jpeg"
	"math"
	"math/rand/v2"
)

// apply makes the picture worse, in the order in which a camera does: colors, optics,
// sensor, file.
func (q Quality) apply(img *image.RGBA, seed uint64) *image.RGBA {
	r := rand.New(rand.NewPCG(seed, 0x9a))
	if q.Cast != [3]float64{} || q.Contrast != 0 || q.Saturation != 0 || q.Gray {
		q.grade(img)
	}
	if q.Blur > 0 || q.Motion > 0 || q.Reduce > 1 || q.Noise > 0 {
		b := fromImage(img)
		if q.Blur > 0 {
			b.gauss(q.Blur)
		}
		if q.Motion > 0 {
			b = b.smear(q.Motion, 2*math.Pi*r.Float64())
		}
		if q.Reduce > 1 {
			b = b.reduce(q.Reduce)
		}
		if q.Noise > 0 {
			b.noise(r, float32(q.Noise), q.Gray)
		}
		b.toImage(img)
	}
	if q.JPEG > 0 {
		return throughJPEG(img, q.JPEG)
	}
	return img
}

// grade changes the colors.
func (q Quality) grade(img *image.RGBA) {
	gain := vec{float32(math.Exp(q.Cast[0])), float32(math.Exp(q.Cast[1])), float32(math.Exp(q.Cast[2]))}
	contrast, saturation := float32(math.Exp(q.Contrast)), float32(math.Exp(q.Saturation))
	if q.Gray {
		saturation = 0
	}
	for i := 0; i < len(img.Pix); i += 4 {
		p := img.Pix[i : i+3 : i+3]
		c := vec{float32(p[0]) / 255, float32(p[1]) / 255, float32(p[2]) / 255}.times(gain)
		lum := c.dot(vec{0.299, 0.587, 0.114})
		for k := range p {
			x := lum + float32(saturation*(c[k]-lum))
			p[k] = byteOf(0.45 + float32(contrast*(x-0.45)))
		}
	}
}

// throughJPEG returns what is left of a picture in a JPEG file of 4:2:0.
func throughJPEG(img *image.RGBA, quality int) *image.RGBA {
	var file bytes.Buffer
	if err := jpeg.Encode(&file, img, &jpeg.Options{Quality: min(quality, 100)}); err != nil {
		panic(err) // only pictures of more than 65535 pixels fail
	}
	out, err := jpeg.Decode(&file)
	if err != nil {
		panic(err)
	}
	draw.Draw(img, img.Rect, out, image.Point{}, draw.Src)
	return img
}

// fromImage returns the displayed values.
func fromImage(img *image.RGBA) *backdrop {
	b := &backdrop{width: img.Rect.Dx(), height: img.Rect.Dy(), pixels: make([]vec, len(img.Pix)/4)}
	for i := range b.pixels {
		b.pixels[i] = vec{float32(img.Pix[4*i]) / 255, float32(img.Pix[4*i+1]) / 255, float32(img.Pix[4*i+2]) / 255}
	}
	return b
}

func (b *backdrop) toImage(img *image.RGBA) {
	for i, c := range b.pixels {
		img.Pix[4*i], img.Pix[4*i+1], img.Pix[4*i+2] = byteOf(c[0]), byteOf(c[1]), byteOf(c[2])
	}
}

// gauss blurs with a Gaussian of a standard deviation in pixels.
func (b *backdrop) gauss(sd float64) {
	r := int(math.Ceil(2.5 * sd))
	kernel := make([]float32, 2*r+1)
	sum := float32(0)
	for i := range kernel {
		d := float64(i-r) / sd
		kernel[i] = float32(math.Exp(-0.5 * d * d))
		sum += kernel[i]
	}
	for i := range kernel {
		kernel[i] /= sum
	}
	line := make([]vec, max(b.width, b.height))
	for y := range b.height {
		filterLine(b.pixels[y*b.width:], line[:b.width], 1, kernel)
	}
	for x := range b.width {
		filterLine(b.pixels[x:], line[:b.height], b.width, kernel)
	}
}

func filterLine(pixels, line []vec, stride int, kernel []float32) {
	n, r := len(line), len(kernel)/2
	for i := range line {
		line[i] = pixels[i*stride]
	}
	for i := range line {
		var sum vec
		for k, w := range kernel {
			sum = sum.plus(w, line[min(max(i+k-r, 0), n-1)])
		}
		pixels[i*stride] = sum
	}
}

// smear averages along a line.
func (b *backdrop) smear(length, angle float64) *backdrop {
	steps := int(2*length) + 2
	out := &backdrop{width: b.width, height: b.height, pixels: make([]vec, len(b.pixels))}
	dx, dy := float32(math.Cos(angle)), float32(math.Sin(angle))
	for i := range out.pixels {
		var sum vec
		for k := range steps {
			t := float32((float32(k)/float32(steps-1) - 0.5) * float32(length))
			sum = sum.add(b.sample(float32(i%b.width)+float32(t*dx), float32(i/b.width)+float32(t*dy)))
		}
		out.pixels[i] = sum.scale(1 / float32(steps))
	}
	return out
}

// sample interpolates at a place in pixels, whose whole coordinates are the middles of
// pixels.
func (b *backdrop) sample(x, y float32) vec {
	x, y = min(max(x, 0), float32(b.width-1)), min(max(y, 0), float32(b.height-1))
	i, j := min(int(x), max(b.width-2, 0)), min(int(y), max(b.height-2, 0))
	i1, j1 := min(i+1, b.width-1), min(j+1, b.height-1)
	u, v := x-float32(i), y-float32(j)
	return mix(mix(b.at(i, j), b.at(i1, j), u), mix(b.at(i, j1), b.at(i1, j1), u), v)
}

// reduce averages to a smaller picture and enlarges that again.
func (b *backdrop) reduce(factor float64) *backdrop {
	w, h := max(4, int(float64(b.width)/factor)), max(4, int(float64(b.height)/factor))
	small := &backdrop{width: w, height: h, pixels: make([]vec, w*h)}
	count := make([]float32, w*h)
	for i, c := range b.pixels {
		k := (i / b.width * h / b.height * w) + i%b.width*w/b.width
		small.pixels[k] = small.pixels[k].add(c)
		count[k]++
	}
	for k := range small.pixels {
		small.pixels[k] = small.pixels[k].scale(1 / max(count[k], 1))
	}
	sx, sy := float32(w)/float32(b.width), float32(h)/float32(b.height)
	for i := range b.pixels {
		b.pixels[i] = small.sample(float32((float32(i%b.width)+0.5)*sx)-0.5, float32((float32(i/b.width)+0.5)*sy)-0.5)
	}
	return b
}

// noise adds a sensor's noise, the same in all channels if the picture is gray.
func (b *backdrop) noise(r *rand.Rand, sd float32, gray bool) {
	// A sum of four bytes is nearly normal, with a standard deviation of 147.8.
	draw := func() float32 {
		x := r.Uint32()
		return float32(float32(int32(x&255+x>>8&255+x>>16&255+x>>24)-510) * (sd / 147.8))
	}
	for i := range b.pixels {
		d := vec{draw(), 0, 0}
		d[1], d[2] = d[0], d[0]
		if !gray {
			d[1], d[2] = draw(), draw()
		}
		b.pixels[i] = b.pixels[i].add(d)
	}
}
