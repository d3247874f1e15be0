package sim

import (
	"math"
	"math/rand/v2"
)

// genome is a list of independent standard normal numbers that everything about a person
// is made of: a shift, a color, and by thresholds a hair style too. People are alike
// whose genomes are near.
type genome struct {
	genes []float64
	next  int
}

// genes is more than a person takes.
const genes = 512

func newGenome(seed uint64) *genome {
	r := rand.New(rand.NewPCG(seed, 0x5eed_0f_face))
	g := &genome{genes: make([]float64, genes)}
	for i := range g.genes {
		g.genes[i] = r.NormFloat64()
	}
	return g
}

// mutate returns a genome a step away, in a direction that the seed decides. The result
// is as likely a person as any other: with a step of 0 it is the same genome, with 1 an
// unrelated one, and its correlation with g is √(1-step²).
func (g *genome) mutate(seed uint64, step float64) *genome {
	step = min(max(step, 0), 1)
	other := newGenome(seed)
	keep := math.Sqrt(1 - float64(step*step))
	for i, x := range g.genes {
		other.genes[i] = float64(keep*x) + float64(step*other.genes[i])
	}
	return other
}

// gene takes the next one.
func (g *genome) gene() float64 {
	x := g.genes[g.next]
	g.next++
	return x
}

// normal returns the next gene with a standard deviation, cut off at a number of them.
func (g *genome) normal(sd float32, limit float64) float32 {
	return float32(float32(min(max(g.gene(), -limit), limit)) * sd)
}

// uniform returns the next gene as a number within (0, 1).
func (g *genome) uniform() float32 { return float32(g.rank()) }

func (g *genome) rank() float64 { return math.Erfc(-g.gene()/math.Sqrt2) / 2 }

// within returns the next gene as a number between a and b.
func (g *genome) within(a, b float32) float32 { return lerp(a, b, g.uniform()) }

// exponential returns the next gene as an exponentially distributed number.
func (g *genome) exponential() float32 { return float32(-math.Log(1 - min(g.rank(), 1-1e-12))) }

// choose returns an index, each with a probability in proportion to its weight.
func (g *genome) choose(weights ...float32) int {
	sum := float32(0)
	for _, w := range weights {
		sum += w
	}
	x := float32(g.uniform() * sum)
	for i, w := range weights {
		if x -= w; x < 0 {
			return i
		}
	}
	return len(weights) - 1
}

func power(x float32, p float64) float32 { return float32(math.Pow(float64(x), p)) }
