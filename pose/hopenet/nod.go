package hopenet

import (
	"math"

	"github.com/pifr-go/pifr/pose"
)

// RenderedNodDeg is the Config.NodDeg of networks that were trained on rendered heads, as
// the light one that ships: it carries their estimates to the frame of 300W-LP, and of
// pose.PnP on photos. Among renders a head of MakeHuman at rest looks straight ahead; of
// people who look about into the camera the network says a pitch of 1 degree, and others
// -7. The number was chosen on photos: see the card of the network that ships.
const RenderedNodDeg = -8

// Nod raises a head by deg degrees about the axis through its own ears, times the cosine
// of its yaw (pose.Angles.Nod). The pitch changes by about deg at all yaws, the roll the
// more the nearer the head is to a profile, where the whole of deg would change both by
// more than is known of them.
func Nod(a pose.Angles, deg float64) pose.Angles {
	if deg == 0 {
		return a
	}
	return a.Nod(pose.Radians(deg) * math.Cos(a.Yaw))
}
