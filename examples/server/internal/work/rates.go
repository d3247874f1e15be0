package work

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Rates bounds how often each user asks. It is safe for concurrent use.
type Rates struct {
	perSecond rate.Limit
	burst     int

	mu    sync.Mutex
	users map[string]*rate.Limiter
	swept time.Time
}

// mostUsers is how many users are remembered: those beyond share one rate, so that
// somebody with many addresses takes no memory.
const mostUsers = 10_000

// NewRates returns rates of so many requests a second, each user's after so many at once.
// 0 a second is no bound.
func NewRates(perSecond float64, burst int) *Rates {
	return &Rates{perSecond: rate.Limit(perSecond), burst: burst, users: map[string]*rate.Limiter{}}
}

// Take says whether a user may ask now, and otherwise after what time.
func (r *Rates) Take(user string, now time.Time) (wait time.Duration, ok bool) {
	if r.perSecond == 0 {
		return 0, true
	}
	reservation := r.of(user, now).ReserveN(now, 1)
	if wait := reservation.DelayFrom(now); wait > 0 {
		reservation.CancelAt(now)
		return wait, false
	}
	return 0, true
}

func (r *Rates) of(user string, now time.Time) *rate.Limiter {
	r.mu.Lock()
	defer r.mu.Unlock()
	if l, ok := r.users[user]; ok {
		return l
	}
	if len(r.users) >= mostUsers && now.Sub(r.swept) >= time.Second {
		r.swept = now
		for u, l := range r.users { // those who have not asked for a while
			if l.TokensAt(now) >= float64(r.burst) {
				delete(r.users, u)
			}
		}
	}
	if len(r.users) >= mostUsers {
		user = "others"
		if l, ok := r.users[user]; ok {
			return l
		}
	}
	l := rate.NewLimiter(r.perSecond, r.burst)
	r.users[user] = l
	return l
}
