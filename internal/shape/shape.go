// Package shape counts the values of arrays.
package shape

// Size returns how many values an array of those sizes has: 1 if there are none.
func Size(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}
