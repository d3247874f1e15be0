package sim

import "sync"

// hash returns well mixed bits of a place and a seed.
func hash(x, y, z int32, seed uint32) uint32 {
	h := uint32(x)*374761393 + uint32(y)*668265263 + uint32(z)*2246822519 + seed*2654435761
	h = (h ^ h>>13) * 1274126177
	h = (h ^ h>>16) * 2246822519
	return h ^ h>>15
}

// signed returns a number within [-1, 1).
func signed(h uint32) float32 { return float32(float32(h>>8)/(1<<23)) - 1 }

const tileSize = 256

// tile is a square of smooth noise that continues at its other side, with values within
// about [-1, 1].
type tile [tileSize * tileSize]float32

// at returns the nearest sample; x and y are in samples, of any size and sign.
func (t *tile) at(x, y float32) float32 {
	return t[(int(y+65536)&(tileSize-1))*tileSize+int(x+65536)&(tileSize-1)]
}

// tiles returns the noises that skin, hair and backgrounds are made of: coarse and fine
// clouds, and strands along y.
var tiles = sync.OnceValue(func() *struct{ clouds, grain, strands, speckles tile } {
	var t struct{ clouds, grain, strands, speckles tile }
	fill(&t.clouds, 1, 8, 8, 4)
	fill(&t.grain, 2, 64, 64, 2)
	fill(&t.strands, 3, 64, 8, 2)
	fill(&t.speckles, 4, 48, 48, 1)
	return &t
})

// fill sums octaves of value noise with cellsX by cellsY cells in the first one, each
// half as high as the one before.
func fill(t *tile, seed uint32, cellsX, cellsY int32, octaves int) {
	height := float32(1)
	for o := range octaves {
		for y := range int32(tileSize) {
			for x := range int32(tileSize) {
				t[y*tileSize+x] += float32(height * cell(x, y, cellsX, cellsY, seed+uint32(100*o)))
			}
		}
		cellsX, cellsY, height = min(2*cellsX, tileSize), min(2*cellsY, tileSize), float32(height*0.55)
	}
}

// cell interpolates between the random corners of the cell that a sample lies in.
func cell(x, y, cellsX, cellsY int32, seed uint32) float32 {
	cx, cy := x*cellsX, y*cellsY
	i, j := cx/tileSize, cy/tileSize
	u := step(0, 1, float32(cx%tileSize)/tileSize)
	v := step(0, 1, float32(cy%tileSize)/tileSize)
	at := func(i, j int32) float32 { return signed(hash(i%cellsX, j%cellsY, 0, seed)) }
	return lerp(lerp(at(i, j), at(i+1, j), u), lerp(at(i, j+1), at(i+1, j+1), u), v)
}
