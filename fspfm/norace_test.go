//go:build !race

package fspfm

const raced = false
