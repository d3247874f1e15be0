package posesimv

import (
	"fmt"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/dataset/rendered"
)

// Tier is how hard the pairs are.
type Tier string

// The tiers. Standard has strangers as impostors and good pictures, Hard has look-alikes
// and mixed ones.
const (
	Standard Tier = "standard"
	Hard     Tier = "hard"
)

// Folds is the number of parts of the protocol.
const Folds = 10

// Config says how large the benchmark is. The zero value is the benchmark; everything
// else is a smaller one, to try things with.
type Config struct {
	Tier   Tier `json:"tier"`   // "" counts as Standard
	People int  `json:"people"` // a multiple of 2 * Folds; 0 counts as 1000. Look-alikes are not counted
	Shots  int  `json:"shots"`  // of a person, frontal and in each bucket; 0 counts as 3, or 2 in the tier Hard
}

func (c Config) withDefaults() (Config, error) {
	if c.Tier == "" {
		c.Tier = Standard
	}
	if c.People == 0 {
		c.People = 1000
	}
	if c.Shots == 0 {
		c.Shots = map[Tier]int{Standard: 3, Hard: 2}[c.Tier]
	}
	if c.Tier != Standard && c.Tier != Hard {
		return c, fmt.Errorf("posesimv: no tier %q", c.Tier)
	}
	if c.People < 2*Folds || c.People%(2*Folds) != 0 || c.People > 1<<20 || c.Shots < 1 || c.Shots > 100 {
		return c, fmt.Errorf("posesimv: %d people, a multiple of %d, with %d shots", c.People, 2*Folds, c.Shots)
	}
	return c, nil
}

// Bucket is a range of poses, by its name. Frontal is not one of Buckets: its pictures
// are the first of every pair.
type Bucket string

// Frontal names the pictures from the front.
const Frontal Bucket = "frontal"

// Buckets returns the buckets in their order: four of yaw, two of pitch.
func Buckets() []Bucket {
	return []Bucket{"yaw-00-20", "yaw-20-40", "yaw-40-60", "yaw-60-90", "pitch-20-40", "pitch-40-60"}
}

// Image is a picture of the benchmark.
type Image struct {
	Person int    // index, as in dataset.Label.Identity
	Alike  int    // the person's look-alike; -1 in the tier Standard
	Fold   int    // 0 to Folds-1
	Bucket Bucket // Frontal, or one of Buckets
	Shot   int    // 0 to Config.Shots-1
}

// Pair is two pictures, as indices of the Set: the frontal one, and one of the bucket.
type Pair struct {
	Frontal, Other int
	Same           bool
	Fold           int
}

// persons returns the number of people with their look-alikes.
func (c Config) persons() int {
	if c.Tier == Hard {
		return 2 * c.People
	}
	return c.People
}

// The pictures of a person follow each other: frontal shots, then those of each bucket.
// In the tier Hard a look-alike follows the person that it looks like.

// perPerson returns the number of pictures of a person.
func (c Config) perPerson() int { return c.Shots * (1 + len(Buckets())) }

// index returns the index of a picture; bucket -1 is Frontal.
func (c Config) index(person, bucket, shot int) int {
	return person*c.perPerson() + (bucket+1)*c.Shots + shot
}

// image says what picture i is, with the number of its bucket.
func (c Config) image(i int) (Image, int) {
	person, rest := i/c.perPerson(), i%c.perPerson()
	bucket := rest/c.Shots - 1
	m := Image{Person: person, Alike: -1, Fold: person * Folds / c.persons(), Bucket: Frontal, Shot: rest % c.Shots}
	if c.Tier == Hard {
		m.Alike = person ^ 1
	}
	if bucket >= 0 {
		m.Bucket = Buckets()[bucket]
	}
	return m, bucket
}

// pairs returns the pairs of a bucket, fold by fold, in a fold genuine pairs and
// impostors in turns.
func (c Config) pairs(bucket int) []Pair {
	var pairs []Pair
	perFold := c.persons() / Folds
	for person := range c.persons() {
		fold := person / perFold
		for shot := range c.Shots {
			frontal := c.index(person, -1, shot)
			pairs = append(pairs,
				Pair{frontal, c.index(person, bucket, shot), true, fold},
				Pair{frontal, c.index(c.impostor(person, shot), bucket, shot), false, fold})
		}
	}
	return pairs
}

// impostor returns whom a person's frontal picture is compared with: the look-alike, or a
// stranger of the same fold, for each shot another one if the fold has enough people.
func (c Config) impostor(person, shot int) int {
	if c.Tier == Hard {
		return person ^ 1
	}
	perFold := c.People / Folds
	first := person / perFold * perFold
	return first + (person-first+1+(7*shot)%(perFold-1))%perFold
}

// name returns the name of a person.
func (c Config) name(person int) string {
	if c.Tier == Hard && person%2 == 1 {
		return fmt.Sprintf("v%04d-alike", person/2)
	}
	if c.Tier == Hard {
		person /= 2
	}
	return fmt.Sprintf("v%04d", person)
}

// seed returns the seed of a person's head, or of the one that a look-alike looks like.
func (c Config) seed(person int) uint64 {
	if c.Tier == Hard {
		person /= 2
	}
	return rendered.Reserved + uint64(person)
}

// label returns what is known without rendering.
func (c Config) label(i int) dataset.Label {
	m, bucket := c.image(i)
	return dataset.Label{Identity: m.Person, Key: fmt.Sprintf("%s/%s-%d", c.name(m.Person), m.Bucket, m.Shot), Simulated: true,
		HasPose: true, Pose: c.angles(m, bucket).Canonical()}
}
