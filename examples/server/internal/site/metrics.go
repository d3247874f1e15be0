package site

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/pifr-go/pifr/examples/server/internal/keys"
	"github.com/pifr-go/pifr/examples/server/internal/work"
)

// Metrics are what Prometheus is told.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	times    *prometheus.HistogramVec
	refusals *prometheus.CounterVec
	photos   prometheus.Counter
	faces    prometheus.Counter
}

// NewMetrics makes them.
func NewMetrics(q *work.Queue, b *work.Budget) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "pifr_requests_total", Help: "Requests by operation and status."}, []string{"op", "status"}),
		times: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "pifr_request_seconds", Help: "Time from a request's headers to the end of its answer.",
			Buckets: []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}}, []string{"op"}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "pifr_refused_total", Help: "Requests that there was no room for."}, []string{"why"}),
		photos:   prometheus.NewCounter(prometheus.CounterOpts{Name: "pifr_photos_total", Help: "Photos that were looked at for requests."}),
		faces:    prometheus.NewCounter(prometheus.CounterOpts{Name: "pifr_faces_total", Help: "Faces in these photos."}),
	}
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
	}
	m.registry.MustRegister(m.requests, m.times, m.refusals, m.photos, m.faces,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), collectors.NewBuildInfoCollector(),
		gauge("pifr_queue_running", "Photos that are being looked at.", func() float64 { r, _ := q.Lengths(); return float64(r) }),
		gauge("pifr_queue_waiting", "Photos that wait.", func() float64 { _, w := q.Lengths(); return float64(w) }),
		gauge("pifr_body_bytes", "Bytes that requests' bodies may take at the moment.", func() float64 { return float64(b.Used()) }))
	return m
}

// Photo counts a photo. It implements api.Counts.
func (m *Metrics) Photo(faces int) {
	m.photos.Inc()
	m.faces.Add(float64(faces))
}

func (m *Metrics) request(op string, status int, took time.Duration) {
	if op == "" {
		op = "other"
	}
	m.requests.WithLabelValues(op, strconv.Itoa(status)).Inc()
	m.times.WithLabelValues(op).Observe(took.Seconds())
	if status == http.StatusServiceUnavailable {
		m.refused("busy")
	}
}

func (m *Metrics) refused(why string) { m.refusals.WithLabelValues(why).Inc() }

// serveMetrics is for who has a key, if there are keys.
func (s *Site) serveMetrics(w http.ResponseWriter, r *http.Request) {
	c := callerOf(r.Context())
	c.op = "metrics"
	if s.allowed(w, r, c, keys.Read) {
		promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{}).ServeHTTP(w, r)
	}
}
