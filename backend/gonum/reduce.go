package gonum

import "github.com/gomlx/compute"

var reduceOps = []compute.OpType{}
