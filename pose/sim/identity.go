package sim

// Identity is a person: what stays the same from picture to picture. It is never changed,
// and safe for concurrent use.
type Identity struct {
	genome   *genome
	physique physique
	look     look

	shape   []vec // every vertex of the mesh, without expression
	center  vec   // of the head, between the ears
	neck    vec   // where the head turns on the torso
	top     float32
	chin    float32
	skin    []rgbx // the atlas
	hair    []rgbx
	shell   shell
	hanging surface // hair that hangs, or is tied up
	dressed shell
}

// shell is a layer above a part of the body's surface: hair, a beard, clothes.
type shell struct {
	of   []int32   // vertices of the body
	out  []float32 // how far each is moved outwards
	lift []float32 // how far each is moved up
	cut  []float32 // what lies below 0 is not there
	tris [][3]int32
}

// surface is a mesh of its own.
type surface struct {
	at, normal []vec
	uv         [][2]float32
	cut        []float32
	tris       [][3]int32
}

// NewIdentity returns the person of a seed. Equal seeds give equal persons, on every
// machine.
func NewIdentity(seed uint64) *Identity { return newIdentity(newGenome(seed)) }

// Near returns a look-alike: a person whose shape, colors, hair and marks are a step
// from id's, in a direction that the seed decides. With a step of 0 it is the same
// person, with 1 a stranger; up to about 0.3 people are easily confused. Of all
// look-alikes, whatever the step, no trait is more or less frequent than among strangers.
func (id *Identity) Near(seed uint64, step float64) *Identity {
	return newIdentity(id.genome.mutate(seed, step))
}

// HairStyle returns the name of the hair style, one of HairStyles.
func (id *Identity) HairStyle() string { return styleNames[id.look.hairs.style] }

func newIdentity(g *genome) *Identity {
	m := human()
	id := &Identity{genome: g}
	in := &genome{genes: g.genes}
	id.physique = drawPhysique(in)
	id.look = drawLook(in, id.physique)
	id.shape = append([]vec(nil), m.base...)
	id.physique.shape(m, id.shape)
	details(in, id.shape)
	asymmetry(in, m, id.shape)
	id.measure()
	id.skin, id.hair = id.look.paint()
	id.growHair(m)
	id.hang()
	id.dress(m)
	return id
}

// measure finds the places that cameras and occluders need.
func (id *Identity) measure() {
	p := places()
	id.center = id.mean(p.earHoles).scale(0.5).add(id.mean(p.eyes).scale(0.5))
	id.center[0] = 0
	id.neck = id.mean(p.neck)
	id.top, id.chin = -100, 100
	for _, i := range p.crown {
		id.top = max(id.top, id.shape[i][1])
	}
	for _, i := range p.chin {
		id.chin = min(id.chin, id.shape[i][1])
	}
}

func (id *Identity) mean(vertices []int32) vec {
	var sum vec
	for _, i := range vertices {
		sum = sum.add(id.shape[i])
	}
	return sum.scale(1 / float32(len(vertices)))
}
