package loss

import "fmt"

// names are the texts of an option's values, in their order.
type names[T ~int] []string

func (n names[T]) of(v T) string {
	if v < 0 || int(v) >= len(n) {
		return fmt.Sprint(int(v))
	}
	return n[v]
}

func (n names[T]) marshal(v T) ([]byte, error) {
	if v < 0 || int(v) >= len(n) {
		return nil, fmt.Errorf("loss: %w: no name for the value %d", ErrOption, int(v))
	}
	return []byte(n[v]), nil
}

func (n names[T]) unmarshal(text []byte, v *T) error {
	for i, name := range n {
		if name == string(text) {
			*v = T(i)
			return nil
		}
	}
	return fmt.Errorf("loss: %w: unknown name %q: want one of %q", ErrOption, text, []string(n))
}
