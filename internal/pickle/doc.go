// Package pickle reads Python's pickles as data. A pickle is a program for a small stack
// machine, and Python's own reader lets that program call any function it names. This one
// never does: it builds None, booleans, numbers, strings, bytes, lists, tuples,
// dictionaries and sets, and what the caller's own constructors make of them. Every other
// name that a pickle asks for, such as os.system, is an error that says the name and
// wraps ErrRefused.
//
//	value, err := pickle.Decode(data)                       // plain data
//	d := pickle.Decoder{Globals: pickle.NumPy()}            // and arrays of NumPy
//	value, rest, err := d.Decode(data)
//
// Protocols 0 to 5 are read, those that Python 2 wrote included.
//
// # Values
//
//	None                      nil
//	bool                      bool
//	int, long                 int64, or *big.Int if it does not fit
//	float                     float64
//	str (Python 2: unicode)   string
//	bytes (Python 2: str)     Bytes, which shares its memory with the input
//	bytearray                 Bytes
//	list                      *List
//	tuple                     Tuple
//	dict, OrderedDict         *Dict, in the order of insertion
//	set, frozenset            *Set
//
// Values can be shared, so that a short pickle may describe a tree of any size, and a
// list may contain itself. Nothing here walks through values; whoever does has to bound
// the depth.
//
// # Limits
//
// The memory taken is bounded by a constant multiple of the input's length, some hundred
// in the worst case (a pickle of nothing but empty dictionaries) and close to 1 for large
// strings and bytes: memory is never reserved for a length that the input merely claims,
// and what constructors are given is limited in sum.
package pickle
