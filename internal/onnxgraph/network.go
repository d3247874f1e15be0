package onnxgraph

import (
	"fmt"
	"maps"

	"github.com/gomlx/compute-onnx/support/protos"
)

// value names an input and says how many axes it has.
type value struct {
	name string
	rank int
}

// network is a graph whose constants are decoded.
type network struct {
	opset  int
	inputs []value
	consts map[string]*array
	nodes  []*protos.NodeProto // each after those that it reads
	alias  map[string]string   // names that stand for other values
}

// addNodes takes the nodes, in an order in which each follows those that it reads. Names
// have to be unique and to exist.
func (net *network) addNodes(nodes []*protos.NodeProto) error {
	if len(nodes) > maxNodes {
		return unsupported("%d nodes", len(nodes))
	}
	made := map[string]int{} // index of the node that makes a value
	for i, n := range nodes {
		if n.Overload != "" {
			return unsupported("%s: a function of the file's own", describeNode(n))
		}
		for _, name := range n.Output {
			if name == "" {
				continue
			}
			if _, twice := made[name]; twice || net.known(name) {
				return fmt.Errorf("%s: output %q has been defined before", describeNode(n), name)
			}
			made[name] = i
		}
	}
	s := sorter{net: net, nodes: nodes, made: made, state: make([]byte, len(nodes))}
	for i := range nodes {
		if err := s.visit(i); err != nil {
			return err
		}
	}
	return nil
}

// known reports whether the name is that of an input or a constant.
func (net *network) known(name string) bool {
	if net.consts[name] != nil {
		return true
	}
	for _, in := range net.inputs {
		if in.name == name {
			return true
		}
	}
	return false
}

// sorter orders nodes depth first. It keeps its own stack: the depth is the file's to
// choose.
type sorter struct {
	net   *network
	nodes []*protos.NodeProto
	made  map[string]int
	state []byte // 0 unseen, 1 on the stack, 2 done
}

func (s *sorter) visit(root int) error {
	type frame struct{ node, next int }
	stack := []frame{{node: root}}
	if s.state[root] != 0 {
		return nil
	}
	s.state[root] = 1
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		n := s.nodes[top.node]
		if top.next == len(n.Input) {
			s.state[top.node] = 2
			s.net.nodes = append(s.net.nodes, n)
			stack = stack[:len(stack)-1]
			continue
		}
		name := n.Input[top.next]
		top.next++
		if name == "" || s.net.known(name) {
			continue
		}
		from, ok := s.made[name]
		switch {
		case !ok:
			return fmt.Errorf("%s: input %q is made by no node", describeNode(n), name)
		case s.state[from] == 1:
			return fmt.Errorf("%s: input %q depends on the node's own output", describeNode(n), name)
		case s.state[from] == 0:
			s.state[from] = 1
			stack = append(stack, frame{node: from})
		}
	}
	return nil
}

// resolve returns the value that a name stands for.
func (net *network) resolve(name string) string {
	if to, ok := net.alias[name]; ok {
		return to
	}
	return name
}

// reach returns the nodes that the roots need, in order, and how often each value is
// read. A root counts as read twice, so that nothing is merged into what follows it.
func (net *network) reach(roots []string) ([]*protos.NodeProto, map[string]int) {
	uses := map[string]int{}
	for _, name := range roots {
		uses[net.resolve(name)] += 2
	}
	keep := make([]*protos.NodeProto, 0, len(net.nodes))
	for i := len(net.nodes) - 1; i >= 0; i-- {
		n := net.nodes[i]
		needed := false
		for _, name := range n.Output {
			needed = needed || uses[name] > 0
		}
		if !needed {
			continue
		}
		for _, name := range n.Input {
			uses[name]++
		}
		keep = append(keep, n)
	}
	for i, j := 0, len(keep)-1; i < j; i, j = i+1, j-1 {
		keep[i], keep[j] = keep[j], keep[i]
	}
	return keep, uses
}

// branch returns a copy whose constants and nodes may be added to.
func (net *network) branch() *network {
	b := *net
	b.consts = maps.Clone(net.consts)
	return &b
}
