package main

import (
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/pifr-go/pifr/examples/internal/photoflags"
)

// options are the parsed flags.
type options struct {
	demo               bool
	addr               string
	insecure           bool
	gallery, data      string
	keys, audit        string
	certFile, keyFile  string
	roots, hosts       []string
	origins, names     []string
	workers, waiting   int
	photos, faces      int
	requestBytes       int64
	memory             int64
	connections        int
	rate               float64
	burst              int
	headTime           time.Duration
	bodyTime, endTime  time.Duration
	json               bool
	photo              *photoflags.Flags
	stderr             io.Writer
	minQuality, falses float64
}

// galleryEnv may have what -gallery has: a database's URL has a password, which other
// users see on command lines.
const galleryEnv = "PIFR_GALLERY"

func parse(args []string, stderr io.Writer) (*options, error) {
	o := &options{stderr: stderr}
	f := flag.NewFlagSet("server", flag.ContinueOnError)
	f.SetOutput(stderr)
	o.photo = photoflags.Register(f)
	f.BoolVar(&o.demo, "demo", false, "serve rendered people; -pack tiny unless another is named")
	f.StringVar(&o.addr, "addr", "127.0.0.1:8080", "where to listen")
	f.BoolVar(&o.insecure, "insecure", false, "listen elsewhere than on this machine although there are no keys")
	f.StringVar(&o.gallery, "gallery", os.Getenv(galleryEnv), "where people are kept: a file, or postgres://... (default $"+galleryEnv+", or people.db in -data)")
	f.StringVar(&o.data, "data", "", "folder for groups, jobs and the audit log (default server-data; with -demo one that is removed at the end)")
	f.StringVar(&o.keys, "keys", "", "file of keys: server keys new makes some")
	f.StringVar(&o.audit, "audit", "", "log of removals (default audit.jsonl in -data)")
	f.StringVar(&o.certFile, "tls-cert", "", "file of certificates, for https")
	f.StringVar(&o.keyFile, "tls-key", "", "file of the certificate's key")
	list(f, &o.roots, "roots", "folders below which jobs may look at photos, with commas")
	list(f, &o.hosts, "allow-hosts", "hosts from which photos may be fetched by https, with commas")
	list(f, &o.origins, "cors", "origins of pages elsewhere that may ask, with commas")
	list(f, &o.names, "names", "names that the server goes by, with commas (default: on this machine's own addresses localhost, 127.0.0.1 and ::1, otherwise any)")
	f.IntVar(&o.workers, "workers", runtime.GOMAXPROCS(0), "how many photos are looked at at once")
	f.IntVar(&o.waiting, "queue", 64, "how many photos may wait; more are told 503")
	f.IntVar(&o.photos, "max-photos", 16, "most photos of a request")
	f.IntVar(&o.faces, "max-faces", 64, "most faces of a photo")
	f.Int64Var(&o.requestBytes, "max-request", 64<<20, "longest request, in bytes")
	f.Int64Var(&o.memory, "memory", 512<<20, "what requests may take together while they wait, in bytes; more are told 503")
	f.IntVar(&o.connections, "max-connections", 10_000, "most connections at once; others wait")
	f.Float64Var(&o.rate, "rate", 0, "most requests a second of a key, or of an address where there are no keys; more are told 429 (default: any)")
	f.IntVar(&o.burst, "burst", 50, "how many of these may come at once")
	f.DurationVar(&o.headTime, "header-timeout", 10*time.Second, "how long a request's headers may take to come")
	f.DurationVar(&o.bodyTime, "body-timeout", 30*time.Second, "how long a request's body may take to come")
	f.DurationVar(&o.endTime, "grace", 30*time.Second, "how long requests may take to end when the server is told to")
	f.BoolVar(&o.json, "log-json", false, "log as lines of JSON")
	f.Float64Var(&o.minQuality, "min-quality", 0, "least quality of a face that is enrolled, 0 to 1")
	f.Float64Var(&o.falses, "fpir", 0, "share of searches for strangers that may return somebody (default 0.01)")
	if err := f.Parse(args); err != nil {
		if err == flag.ErrHelp {
			return nil, err
		}
		return nil, fmt.Errorf("%w: %w", errUsage, err)
	}
	if f.NArg() > 0 {
		return nil, fmt.Errorf("%w: %q", errUsage, f.Args())
	}
	return o, o.check()
}

func list(f *flag.FlagSet, to *[]string, name, usage string) {
	f.Func(name, usage, func(s string) error {
		for _, word := range strings.Split(s, ",") {
			if word = strings.TrimSpace(word); word != "" {
				*to = append(*to, word)
			}
		}
		return nil
	})
}

// The limits of a photo where no flags give others.
const (
	defaultPixels = 24 << 20
	defaultBytes  = 16 << 20
)

func (o *options) check() error {
	if err := o.photo.Check(); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	if o.photo.MaxPixels == 0 {
		o.photo.MaxPixels = defaultPixels
	}
	if o.photo.MaxBytes == 0 {
		o.photo.MaxBytes = defaultBytes
	}
	if o.demo && o.photo.Pack == "" {
		o.photo.Pack = "tiny"
	}
	host, _, err := net.SplitHostPort(o.addr)
	if err != nil {
		return fmt.Errorf("%w: -addr: %w", errUsage, err)
	}
	inside := loopback(host)
	switch {
	case !inside && o.keys == "" && !o.insecure:
		return fmt.Errorf("%w: -addr %s is open to others: -keys says who may ask, and -insecure lets everybody", errUsage, o.addr)
	case (o.certFile == "") != (o.keyFile == ""):
		return fmt.Errorf("%w: -tls-cert and -tls-key go together", errUsage)
	case o.workers < 1 || o.waiting < 0 || o.photos < 1 || o.faces < 1 || o.connections < 1 || o.burst < 1:
		return fmt.Errorf("%w: limits have to be positive", errUsage)
	case o.rate < 0 || o.headTime <= 0 || o.bodyTime <= 0 || o.endTime < 0:
		return fmt.Errorf("%w: rates and times have to be positive", errUsage)
	case o.requestBytes < int64(o.photo.MaxBytes) || o.memory < 2*o.requestBytes:
		return fmt.Errorf("%w: -max-request has to be at least -max-bytes, and -memory at least twice -max-request", errUsage)
	}
	if o.data == "" && !o.demo {
		o.data = "server-data"
	}
	if inside && len(o.names) == 0 {
		o.names = []string{"localhost", "127.0.0.1", "::1", strings.ToLower(host)}
	}
	return nil
}

// loopback says whether only this machine can connect to an address.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
