//go:build js && wasm

// Engine is the library as a program for a browser's worker. It sets the global object
// pifr, whose functions return promises:
//
//	open(pack, models)           models is a Uint8Array, a zip archive of the pack's files
//	faces(name, photo)           photo is a Uint8Array; the answer is JSON, answers.Photo
//	compare(nameA, a, nameB, b)  JSON, answers.Verdict
//
// When it has, it calls the global function pifrReady.
package main

import (
	"context"
	"errors"
	"syscall/js"

	"github.com/pifr-go/pifr/examples/wasm/internal/answers"
)

func main() {
	var program *answers.Program
	ctx := context.Background()
	js.Global().Set("pifr", map[string]any{
		"open": promised(2, func(args []js.Value) ([]byte, error) {
			p, err := answers.Open(ctx, args[0].String(), bytesOf(args[1]))
			program = p
			return nil, err
		}),
		"faces": promised(2, func(args []js.Value) ([]byte, error) {
			if program == nil {
				return nil, errClosed
			}
			return program.Faces(ctx, args[0].String(), bytesOf(args[1]))
		}),
		"compare": promised(4, func(args []js.Value) ([]byte, error) {
			if program == nil {
				return nil, errClosed
			}
			return program.Compare(args[0].String(), args[1].Int(), args[2].String(), args[3].Int())
		}),
	})
	js.Global().Call("pifrReady")
	select {} // the page's calls come from outside
}

var errClosed = errors.New("no models are open")

// promised makes a function for JavaScript that answers with a promise of text.
func promised(arguments int, do func(args []js.Value) ([]byte, error)) js.Func {
	return js.FuncOf(func(_ js.Value, args []js.Value) any {
		var executor js.Func
		executor = js.FuncOf(func(_ js.Value, settle []js.Value) any {
			resolve, reject := settle[0], settle[1]
			go func() {
				defer executor.Release()
				if len(args) != arguments {
					reject.Invoke(js.Global().Get("Error").New("wrong number of arguments"))
					return
				}
				text, err := do(args)
				if err != nil {
					reject.Invoke(js.Global().Get("Error").New(err.Error()))
					return
				}
				resolve.Invoke(string(text))
			}()
			return nil
		})
		return js.Global().Get("Promise").New(executor)
	})
}

// bytesOf copies a Uint8Array.
func bytesOf(v js.Value) []byte {
	data := make([]byte, v.Get("length").Int())
	js.CopyBytesToGo(data, v)
	return data
}
