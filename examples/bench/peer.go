package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"google.golang.org/protobuf/proto"
)

// onnxruntimeName is the peer to which ratios are given, opencvName that for photos, and
// faissName that for searches.
const (
	onnxruntimeName = "onnxruntime"
	opencvName      = "opencv"
	faissName       = "faiss"
)

// peer is a contestant that runs ONNX files in a Python program, which lives as long as
// the peer.
type peer struct {
	label   string
	threads int
	dir     string // for models, inputs and outputs
	command *exec.Cmd
	stdin   io.WriteCloser
	answers *bufio.Reader
	version string
}

// openPeer installs the peer where needed and starts it.
func openPeer(ctx context.Context, name string, threads int, log io.Writer) (*peer, error) {
	python, script, err := install(ctx, name, log)
	if err != nil {
		return nil, fmt.Errorf("peer %s: %w", name, err)
	}
	return startPeer(name, threads, log, exec.CommandContext(ctx, python, script, name))
}

// startPeer starts a program that speaks the peers' protocol.
func startPeer(name string, threads int, log io.Writer, command *exec.Cmd) (*peer, error) {
	p := &peer{label: name, threads: threads, command: command}
	command.Stderr = log
	stdin, err := command.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("peer %s: %w", name, err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("peer %s: %w", name, err)
	}
	p.stdin, p.answers = stdin, bufio.NewReader(stdout)
	if p.dir, err = os.MkdirTemp("", "pifr-bench-"); err != nil {
		return nil, fmt.Errorf("peer %s: %w", name, err)
	}
	if err := command.Start(); err != nil {
		os.RemoveAll(p.dir)
		return nil, fmt.Errorf("peer %s: %w", name, err)
	}
	return p, nil
}

func (p *peer) name() string { return p.label }

// close ends the program, which stops at the end of its input.
func (p *peer) close() {
	p.stdin.Close()
	p.command.Wait()
	os.RemoveAll(p.dir)
}

// peerInput and the two structures below are the lines exchanged with the script.
type peerInput struct {
	Name  string `json:"name"`
	Path  string `json:"path"`
	Shape []int  `json:"shape"`
}

type loadRequest struct {
	Load    string      `json:"load"`
	Inputs  []peerInput `json:"inputs"`
	Photos  *photos     `json:"photos,omitempty"`
	Search  *peerSearch `json:"search,omitempty"`
	Output  string      `json:"output"`
	Threads int         `json:"threads"`
}

type runRequest struct {
	Run     int     `json:"run"`
	Seconds float64 `json:"seconds"`
}

type answer struct {
	Error   string    `json:"error"`
	Version string    `json:"version"`
	Shape   []int     `json:"shape"`
	Millis  []float64 `json:"ms"`
}

func (p *peer) ask(request any) (answer, error) {
	var a answer
	line, err := json.Marshal(request)
	if err != nil {
		return a, err
	}
	if _, err := p.stdin.Write(append(line, '\n')); err != nil {
		return a, fmt.Errorf("peer %s has ended: %w", p.label, err)
	}
	if line, err = p.answers.ReadBytes('\n'); err != nil {
		return a, fmt.Errorf("peer %s has ended: %w", p.label, err)
	}
	if err := json.Unmarshal(line, &a); err != nil {
		return a, fmt.Errorf("peer %s: %w", p.label, err)
	}
	if a.Error != "" {
		return a, fmt.Errorf("peer %s: %s", p.label, a.Error)
	}
	return a, nil
}

// load writes the model and its inputs, and has the peer run them once.
func (p *peer) load(_ context.Context, t *task) (work, error) {
	if t.onnx == nil && (t.photos == nil || t.photos.alone || t.photos.find != nil || p.label != opencvName) {
		return nil, errUnsupported
	}
	request, err := p.request(t)
	if err != nil {
		return nil, fmt.Errorf("peer %s: write the model: %w", p.label, err)
	}
	reply, err := p.ask(request)
	if err != nil {
		return nil, err
	}
	p.version = reply.Version
	out, err := readArray(request.Output, reply.Shape)
	if err != nil {
		return nil, err
	}
	out = t.fromPeer(out)
	return &peerWork{peer: p, first: &out}, nil
}

// request writes the task's model and inputs to files.
func (p *peer) request(t *task) (loadRequest, error) {
	r := loadRequest{Load: filepath.Join(p.dir, "model.onnx"), Output: filepath.Join(p.dir, "output"), Threads: p.threads}
	if t.photos != nil {
		r.Photos = t.photos
		return r, nil
	}
	m, err := t.onnx()
	if err != nil {
		return r, err
	}
	bytes, err := proto.Marshal(m)
	if err != nil {
		return r, err
	}
	if err := os.WriteFile(r.Load, bytes, 0o600); err != nil {
		return r, err
	}
	for i, in := range t.inputs {
		a := t.toPeer(in)
		path := filepath.Join(p.dir, inputName(i))
		if err := os.WriteFile(path, floatBytes(a.data), 0o600); err != nil {
			return r, err
		}
		r.Inputs = append(r.Inputs, peerInput{Name: inputName(i), Path: path, Shape: a.dims})
	}
	return r, nil
}

type peerWork struct {
	peer  *peer
	first *array
}

func (w *peerWork) output() *array { return w.first }
func (w *peerWork) close()         {}

func (w *peerWork) run(calls int, limit time.Duration) ([]time.Duration, error) {
	reply, err := w.peer.ask(runRequest{Run: calls, Seconds: limit.Seconds()})
	if err != nil {
		return nil, err
	}
	times := make([]time.Duration, len(reply.Millis))
	for i, ms := range reply.Millis {
		times[i] = time.Duration(ms * float64(time.Millisecond))
	}
	return times, nil
}

// floatBytes returns values as little-endian bytes.
func floatBytes(values []float32) []byte {
	out := make([]byte, 0, 4*len(values))
	for _, v := range values {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
	}
	return out
}

// readArray reads little-endian values of a known shape from a file.
func readArray(path string, dims []int) (array, error) {
	bytes, err := os.ReadFile(path)
	if err != nil {
		return array{}, err
	}
	a := array{dims: dims, data: make([]float32, len(bytes)/4)}
	if len(a.data) != a.size() {
		return array{}, fmt.Errorf("output of %d values, want shape %v", len(a.data), dims)
	}
	for i := range a.data {
		a.data[i] = math.Float32frombits(binary.LittleEndian.Uint32(bytes[4*i:]))
	}
	return a, nil
}
