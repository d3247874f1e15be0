package backend

import (
	"context"
	"log/slog"
	"sync"

	"k8s.io/klog/v2"
)

// routeLog sends what GoMLX and the engines' libraries log, which they do with klog, to
// slog's default logger: by itself klog writes to standard error in a form of its own, and
// a program's output would not be the program's alone. Who wants it elsewhere calls
// klog.SetSlogLogger after opening an engine.
var routeLog = sync.OnceFunc(func() { klog.SetSlogLogger(slog.New(current{})) })

// current is slog's default handler at every moment: programs set theirs when they like.
type current struct {
	with func(slog.Handler) slog.Handler
}

func (c current) handler() slog.Handler { return c.on(slog.Default().Handler()) }

// on adds to a handler what has been added to this one.
func (c current) on(h slog.Handler) slog.Handler {
	if c.with == nil {
		return h
	}
	return c.with(h)
}

// Enabled, Handle, WithAttrs and WithGroup implement slog.Handler.
func (c current) Enabled(ctx context.Context, level slog.Level) bool {
	return c.handler().Enabled(ctx, level)
}

func (c current) Handle(ctx context.Context, r slog.Record) error { return c.handler().Handle(ctx, r) }

func (c current) WithAttrs(attrs []slog.Attr) slog.Handler {
	return current{func(h slog.Handler) slog.Handler { return c.on(h).WithAttrs(attrs) }}
}

func (c current) WithGroup(name string) slog.Handler {
	return current{func(h slog.Handler) slog.Handler { return c.on(h).WithGroup(name) }}
}
