package gonum

import "github.com/gomlx/compute"

var fusedOps = []compute.OpType{}
