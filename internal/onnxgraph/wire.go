package onnxgraph

import (
	"errors"
	"fmt"

	"github.com/gomlx/compute-onnx/support/protos"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Limits on what a file may hold. A parsed message takes some hundred bytes where its
// encoding may take two, so that the number of messages, and not the length of the file,
// says how much memory parsing takes. The largest face networks have some thousands of
// nodes.
const (
	maxMessages = 400_000
	maxNodes    = 50_000
	maxDepth    = 32
	maxRank     = 8
)

// checkWire walks over an encoded model without building anything, and refuses it if it
// is damaged or holds more than the limits allow.
func checkWire(data []byte) error {
	count := 0
	return walk(data, (&protos.ModelProto{}).ProtoReflect().Descriptor(), 0, &count)
}

func walk(data []byte, d protoreflect.MessageDescriptor, depth int, count *int) error {
	if depth > maxDepth {
		return errors.New("messages nested too deeply")
	}
	for len(data) > 0 {
		number, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			return fmt.Errorf("damaged %s: %w", d.Name(), protowire.ParseError(n))
		}
		data = data[n:]
		size := protowire.ConsumeFieldValue(number, kind, data)
		if size < 0 {
			return fmt.Errorf("damaged %s: %w", d.Name(), protowire.ParseError(size))
		}
		field := d.Fields().ByNumber(number)
		if kind == protowire.BytesType && field != nil {
			content, _ := protowire.ConsumeBytes(data)
			if err := visit(content, field, depth, count); err != nil {
				return err
			}
		}
		data = data[size:]
	}
	return nil
}

// visit counts one field of variable length. Strings in lists count as well: each takes a
// header several times its encoding.
func visit(content []byte, field protoreflect.FieldDescriptor, depth int, count *int) error {
	message := field.Kind() == protoreflect.MessageKind
	if message || field.IsList() && (field.Kind() == protoreflect.StringKind || field.Kind() == protoreflect.BytesKind) {
		if *count++; *count > maxMessages {
			return fmt.Errorf("more than %d parts: %w", maxMessages, ErrUnsupported)
		}
	}
	if message {
		return walk(content, field.Message(), depth+1, count)
	}
	return nil
}
