// Package audit writes down who has removed what: no names and no features, identifiers
// only. What a line says is on the disk before the server answers.
package audit

import (
	"errors"
	"time"

	"github.com/pifr-go/pifr/examples/server/internal/durable"
)

// Entry is a line of the log.
type Entry struct {
	Time    time.Time `json:"time"`
	Request string    `json:"request"`
	Key     string    `json:"key,omitempty"` // the key's ID; empty where there are no keys
	Action  string    `json:"action"`
	Person  string    `json:"person,omitempty"`
	Others  []string  `json:"others,omitempty"` // people or faces
	State   State     `json:"state"`
}

// State is how far an action is.
type State string

// The states. An action that was asked for and has no other line ended with the server:
// the store knows whether it happened.
const (
	Asked  State = "asked"
	Done   State = "done"
	Failed State = "failed"
)

// Log is the log. Without a file it writes nothing.
type Log struct{ log *durable.Log }

// Open opens a log, or begins one. An empty path is none.
func Open(path string) (*Log, error) {
	if path == "" {
		return &Log{}, nil
	}
	l, err := durable.OpenLog(path, nil)
	return &Log{l}, err
}

// Do writes down that something was asked for, does it, and writes down what became of
// it. Nothing is done that could not be written down.
func (l *Log) Do(e Entry, do func() error) error {
	if l.log == nil {
		return do()
	}
	e.Time, e.State = time.Now().UTC(), Asked
	if err := l.log.Append(e); err != nil {
		return err
	}
	err := do()
	e.Time, e.State = time.Now().UTC(), Done
	if err != nil {
		e.State = Failed
	}
	return errors.Join(err, l.log.Append(e))
}

// Close closes the log.
func (l *Log) Close() error {
	if l.log == nil {
		return nil
	}
	return l.log.Close()
}
