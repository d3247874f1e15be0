package weights

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"

	"github.com/pifr-go/pifr/internal/pickle"
)

// stateKeys are the names under which training scripts keep a network's state dict among
// other things.
var stateKeys = []string{"state_dict", "model_state_dict", "state_dict_backbone", "model", "net", "backbone", "module"}

// parallelPrefix is what torch.nn.DataParallel puts before each name.
const parallelPrefix = "module."

// DecodeTorch reads a state dict out of what torch.save wrote, as zip file or in the
// format before that. The object saved is either the state dict itself, or a dictionary
// that holds it: under key if it is not empty; otherwise under "state_dict" or one of the
// other usual keys, or as the only dictionary that holds tensors. Names lose the prefix
// "module." if all have it.
//
// Whole modules (torch.save(model) in place of torch.save(model.state_dict())) hold
// classes and not only data, and are refused.
func DecodeTorch(data []byte, key string) ([]Tensor, error) {
	var a *archive
	var root any
	var err error
	if legacy := !strings.HasPrefix(string(data[:min(2, len(data))]), "PK"); legacy {
		a, root, err = decodeLegacy(data)
	} else {
		a, root, err = decodeZip(data)
	}
	if err != nil {
		return nil, fmt.Errorf("torch: %w", err)
	}
	dict, err := stateDict(root, key)
	if err != nil {
		return nil, fmt.Errorf("torch: %w", err)
	}
	tensors, err := a.tensors(dict)
	if err != nil {
		return nil, fmt.Errorf("torch: %w", err)
	}
	return unwrap(tensors), nil
}

// stateDict finds the dictionary with the tensors.
func stateDict(root any, key string) (*pickle.Dict, error) {
	dict, ok := root.(*pickle.Dict)
	if !ok {
		return nil, fmt.Errorf("want a state dict, got a %s", pickle.Kind(root))
	}
	if key != "" {
		v, _ := dict.Get(key)
		inner, ok := v.(*pickle.Dict)
		if !ok {
			return nil, fmt.Errorf("no state dict under %q: %s", key, contents(dict))
		}
		return inner, nil
	}
	if holdsTensors(dict) {
		return dict, nil
	}
	for _, k := range stateKeys {
		if inner, ok := dict.Get(k); ok && holdsTensors(inner) {
			return inner.(*pickle.Dict), nil
		}
	}
	var found []*pickle.Dict
	for _, item := range dict.Items() {
		if holdsTensors(item.Value) {
			found = append(found, item.Value.(*pickle.Dict))
		}
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("%d dictionaries hold tensors, want one: %s", len(found), contents(dict))
	}
	return found[0], nil
}

func holdsTensors(v any) bool {
	dict, ok := v.(*pickle.Dict)
	return ok && slices.ContainsFunc(dict.Items(), func(i pickle.Item) bool {
		_, ok := i.Value.(*view)
		return ok
	})
}

// contents lists a dictionary's keys for a message.
func contents(dict *pickle.Dict) string {
	var b strings.Builder
	b.WriteString("the file holds")
	for i, item := range dict.Items() {
		if i == 10 {
			fmt.Fprintf(&b, " and %d more", dict.Len()-i)
			break
		}
		name, _ := pickle.Text(item.Key)
		fmt.Fprintf(&b, " %.40q (%s)", name, pickle.Kind(item.Value))
	}
	return b.String()
}

// unwrap takes the prefix of DataParallel off the names if all have it.
func unwrap(tensors []Tensor) []Tensor {
	for _, t := range tensors {
		if !strings.HasPrefix(t.Name, parallelPrefix) {
			return tensors
		}
	}
	for i := range tensors {
		tensors[i].Name = strings.TrimPrefix(tensors[i].Name, parallelPrefix)
	}
	return tensors
}

// archive is the part of a file that holds numbers.
type archive struct {
	bigEndian bool
	// bytes returns the bytes of the storage with a key.
	bytes    func(key string) ([]byte, error)
	storages map[string]*storage
	// allowance is how many more bytes may be copied. Tensors in the common layout share
	// the file's memory and cost nothing.
	allowance int
}

// storage is a run of numbers that tensors look into.
type storage struct {
	key    string
	dtype  dtypes.DType // invalid for an untyped one, counted in bytes
	length int
}

// view is a tensor as a pickle describes it.
type view struct {
	storage *storage
	dtype   dtypes.DType
	offset  int // in elements
	shape   []int
	strides []int
}

// tensors makes tensors of the dictionary's views. Entries of other kinds (a version
// number, an empty list) are left out.
func (a *archive) tensors(dict *pickle.Dict) ([]Tensor, error) {
	var all []Tensor
	for _, item := range dict.Items() {
		v, ok := item.Value.(*view)
		if !ok {
			continue
		}
		name, ok := pickle.Text(item.Key)
		if !ok {
			return nil, fmt.Errorf("a tensor under a key that is a %s, not a name", pickle.Kind(item.Key))
		}
		t, err := a.tensor(v)
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		t.Name = name
		all = append(all, t)
	}
	return all, nil
}

// storage returns the storage that a persistent identifier stands for: ("storage", type,
// key, device, length), and in the old format one more, (key, offset, length) of a view
// into the storage.
func (a *archive) storage(id any) (any, error) {
	t, ok := id.(pickle.Tuple)
	if !ok || len(t) < 5 {
		return nil, errors.New("no identifier of a storage")
	}
	if kind, _ := pickle.Text(t[0]); kind != "storage" {
		return nil, fmt.Errorf("%w: an object of kind %.40q outside the pickle", pickle.ErrRefused, kind)
	}
	class, ok1 := t[1].(*pickle.Global)
	key, ok2 := pickle.Text(t[2])
	length, ok3 := t[4].(int64)
	if !ok1 || !ok2 || !ok3 || length < 0 || int64(int(length)) != length {
		return nil, errors.New("no identifier of a storage")
	}
	if len(t) > 5 && t[5] != nil {
		return nil, errors.New("views of storages are not supported: load the file in PyTorch and save it again")
	}
	dtype, ok := storageTypes[class.Name]
	if !ok {
		return nil, fmt.Errorf("%w: %s is no storage", pickle.ErrRefused, class.Name)
	}
	if s := a.storages[key]; s != nil {
		if s.dtype != dtype || s.length != int(length) {
			return nil, fmt.Errorf("two descriptions of storage %q", key)
		}
		return s, nil
	}
	s := &storage{key, dtype, int(length)}
	a.storages[key] = s
	return s, nil
}
