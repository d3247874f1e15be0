package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets of the fields of the structure that the kernels are called with; see type
// product of package simd, whose test compares them.
const (
	fieldC = 8 * iota
	fieldA
	fieldB
	fieldTaps
	fieldLDC
	fieldLDA
	fieldRows
	fieldTile
	fieldCols
	fieldDepth
	fieldSegments
	fieldAccumulate
)

// products writes the matrix product's kernels: C [m, n] = or += the sum over segments s
// of A_s [m, depth] B_s [depth, n], with n at most two vectors.
//
// A tile of C stays in registers while the sums run: 14 rows by two vectors in AVX-512 (28
// of 32 registers), 6 by two in AVX2 (12 of 16). B lies in panels of two vectors, A as it
// is, rows apart by any distance.
func products(c *build.Context) {
	dialects(c, func(d dialect) {
		p := productWriter{dialect: d, most: 6}
		if d.wide {
			p.most = 14
		}
		p.write()
	})
}

type productWriter struct {
	dialect
	most int // rows of the largest tile

	args                  reg.GPVirtual
	a, lda, b, c          reg.GPVirtual
	depth, taps, segments reg.GPVirtual
	points                []reg.GPVirtual // rows 0, 3, 6, ... of A, and of C at the end
	sums                  [][2]reg.VecVirtual
	right                 [2]reg.VecVirtual
	left                  []reg.VecVirtual
	masks                 [2]reg.OpmaskVirtual
	maskVectors           operand.Mem
	unroll                int
}

func (p *productWriter) field(at int) operand.Mem { return operand.Mem{Base: p.args, Disp: at} }

func (p *productWriter) name() string { return "product" + p.suffix() }

func (p *productWriter) write() {
	if !p.wide {
		p.maskTable()
	}
	p.Function(p.name())
	p.Attributes(4) // NOSPLIT
	p.Pragma("noescape")
	p.Doc(fmt.Sprintf("%s multiplies tiles of up to %d rows by %d columns.", p.name(), p.most, 2*p.lanes()))
	p.taking("p", "product")
	p.args = p.GP64()
	p.Load(p.Param("p"), p.args)
	p.a, p.lda, p.c = p.GP64(), p.GP64(), p.GP64()
	p.MOVQ(p.field(fieldA), p.a)
	p.MOVQ(p.field(fieldLDA), p.lda)
	p.MOVQ(p.field(fieldC), p.c)
	p.b, p.depth, p.taps, p.segments = p.GP64(), p.GP64(), p.GP64(), p.GP64()
	for range (p.most + 2) / 3 {
		p.points = append(p.points, p.GP64())
	}
	p.right = [2]reg.VecVirtual{p.vector(), p.vector()}
	p.left = p.vectors(2)
	for range p.most {
		p.sums = append(p.sums, [2]reg.VecVirtual{p.vector(), p.vector()})
	}
	p.columnMasks()
	p.Label("tiles")
	rows := p.GP64()
	p.MOVQ(p.field(fieldRows), rows)
	tile := p.GP64()
	p.MOVQ(p.field(fieldTile), tile)
	p.CMPQ(rows, tile)
	p.CMOVQGT(tile, rows)
	for r := p.most; r >= 1; r-- {
		p.CMPQ(rows, operand.U8(r))
		p.JEQ(operand.LabelRef(fmt.Sprintf("tile%d", r)))
	}
	p.Label("done")
	p.VZEROUPPER()
	p.RET()
	for r := p.most; r >= 1; r-- {
		p.tile(r)
	}
}

// columnMasks makes the masks of the two vectors of a row of C, of which the last ones may
// have fewer columns.
func (p *productWriter) columnMasks() {
	if !p.wide {
		return
	}
	n, ones := p.GP64(), p.GP64()
	p.MOVQ(p.field(fieldCols), n)
	p.MOVQ(operand.I32(-1), ones)
	mask := p.GP64()
	p.BZHIQ(n, ones, mask)
	p.masks = [2]reg.OpmaskVirtual{p.K(), p.K()}
	p.KMOVW(mask.As32(), p.masks[0])
	p.SHRQ(operand.U8(p.lanes()), mask) // masks of eight lanes ignore the bits above
	p.KMOVW(mask.As32(), p.masks[1])
}

// row is the memory of row i behind the pointers.
func (p *productWriter) row(i, disp int) operand.Mem {
	m := operand.Mem{Base: p.points[i/3], Disp: disp}
	if i%3 > 0 {
		m.Index, m.Scale = p.lda, uint8(i%3)
	}
	return m
}

// point sets the pointers to rows 0, 3, 6, ... from the first one, which is set.
func (p *productWriter) point(rows int) {
	if rows <= 3 {
		return
	}
	three := p.GP64()
	p.LEAQ(operand.Mem{Base: p.lda, Index: p.lda, Scale: 2}, three)
	for i := 1; i <= (rows-1)/3; i++ {
		p.LEAQ(operand.Mem{Base: p.points[i-1], Index: three, Scale: 1}, p.points[i])
	}
}

// tile computes r rows of C.
func (p *productWriter) tile(r int) {
	at := func(name string) string { return fmt.Sprintf("tile%d%s", r, name) }
	p.Label(at(""))
	for i := range r {
		p.zero(p.sums[i][0])
		p.zero(p.sums[i][1])
	}
	p.MOVQ(p.field(fieldB), p.b)
	p.MOVQ(p.field(fieldTaps), p.taps)
	p.MOVQ(p.field(fieldSegments), p.segments)
	p.Label(at("segment"))
	p.MOVQ(operand.Mem{Base: p.taps}, p.points[0])
	p.LEAQ(operand.Mem{Base: p.a, Index: p.points[0], Scale: uint8(p.size)}, p.points[0])
	p.ADDQ(operand.U8(8), p.taps)
	p.point(r)
	p.MOVQ(p.field(fieldDepth), p.depth)
	const unroll = 4
	p.SUBQ(operand.U8(unroll), p.depth)
	p.JLT(operand.LabelRef(at("rest")))
	p.Label(at("steps"))
	for s := range unroll {
		p.step(r, s)
	}
	p.advance(r, unroll)
	p.SUBQ(operand.U8(unroll), p.depth)
	p.JGE(operand.LabelRef(at("steps")))
	p.Label(at("rest"))
	p.ADDQ(operand.U8(unroll), p.depth)
	p.JEQ(operand.LabelRef(at("next")))
	p.Label(at("single"))
	p.step(r, 0)
	p.advance(r, 1)
	p.DECQ(p.depth)
	p.JNE(operand.LabelRef(at("single")))
	p.Label(at("next"))
	p.DECQ(p.segments)
	p.JNE(operand.LabelRef(at("segment")))
	p.finish(r, at)
}

// step adds one product of depth to all sums.
func (p *productWriter) step(r, s int) {
	for v, x := range p.right {
		p.move(operand.Mem{Base: p.b, Disp: (2*s + v) * p.bytes()}, x)
	}
	for i := range r {
		x := p.left[i%2]
		p.broadcast(p.row(i, s*p.size), x)
		p.fma(x, p.right[0], p.sums[i][0])
		p.fma(x, p.right[1], p.sums[i][1])
	}
}

// advance moves the pointers by n steps.
func (p *productWriter) advance(r, n int) {
	p.ADDQ(operand.I32(n*2*p.bytes()), p.b)
	for i := 0; i <= (r-1)/3; i++ {
		p.ADDQ(operand.U8(n*p.size), p.points[i])
	}
}

// finish writes the sums to C, or adds them to it, and goes on to the next tile.
func (p *productWriter) finish(r int, at func(string) string) {
	ldc := p.GP64()
	p.MOVQ(p.field(fieldLDC), ldc)
	to := p.GP64()
	accumulate := p.GP64()
	p.MOVQ(p.field(fieldAccumulate), accumulate)
	if p.wide {
		p.TESTQ(accumulate, accumulate)
		p.JEQ(operand.LabelRef(at("store")))
		p.MOVQ(p.c, to)
		for i := range r {
			for v := range 2 {
				m := operand.Mem{Base: to, Disp: v * p.bytes()}
				p.masked(m, p.masks[v], p.sums[i][v])
			}
			p.ADDQ(ldc, to)
		}
		p.Label(at("store"))
		for i := range r {
			for v := range 2 {
				either(p.dialect, p.VMOVUPS, p.VMOVUPD)(p.sums[i][v], p.masks[v], operand.Mem{Base: p.c, Disp: v * p.bytes()})
			}
			p.ADDQ(ldc, p.c)
		}
	} else {
		p.finishNarrow(r, at, ldc, accumulate)
	}
	step := p.GP64()
	p.IMUL3Q(operand.U8(r), p.lda, step)
	p.ADDQ(step, p.a)
	p.SUBQ(operand.U8(r), p.field(fieldRows))
	p.JNE(operand.LabelRef("tiles"))
	p.JMP(operand.LabelRef("done"))
}

// masked adds the columns of C that there are to a sum.
func (p *productWriter) masked(m operand.Mem, k reg.OpmaskVirtual, sum reg.VecVirtual) {
	either(p.dialect, p.VADDPS, p.VADDPD)(m, sum, k, sum)
}

// finishNarrow is finish in AVX2, where whole vectors and parts of them need different
// instructions.
func (p *productWriter) finishNarrow(r int, at func(string) string, ldc, accumulate reg.GPVirtual) {
	p.CMPQ(p.field(fieldCols), operand.I32(2*p.lanes()))
	p.JNE(operand.LabelRef(at("part")))
	p.TESTQ(accumulate, accumulate)
	p.JEQ(operand.LabelRef(at("store")))
	to := p.GP64()
	p.MOVQ(p.c, to)
	for i := range r {
		for v := range 2 {
			p.add(operand.Mem{Base: to, Disp: v * p.bytes()}, p.sums[i][v], p.sums[i][v])
		}
		p.ADDQ(ldc, to)
	}
	p.Label(at("store"))
	for i := range r {
		for v := range 2 {
			p.move(p.sums[i][v], operand.Mem{Base: p.c, Disp: v * p.bytes()})
		}
		p.ADDQ(ldc, p.c)
	}
	p.JMP(operand.LabelRef(at("stored")))
	p.Label(at("part"))
	p.loadMasks()
	p.TESTQ(accumulate, accumulate)
	p.JEQ(operand.LabelRef(at("storepart")))
	p.MOVQ(p.c, to)
	load, store := either(p.dialect, p.VMASKMOVPS, p.VMASKMOVPD), either(p.dialect, p.VMASKMOVPS, p.VMASKMOVPD)
	for i := range r {
		for v := range 2 {
			load(operand.Mem{Base: to, Disp: v * p.bytes()}, p.right[v], p.left[0])
			p.add(p.left[0], p.sums[i][v], p.sums[i][v])
		}
		p.ADDQ(ldc, to)
	}
	p.Label(at("storepart"))
	for i := range r {
		for v := range 2 {
			store(p.sums[i][v], p.right[v], operand.Mem{Base: p.c, Disp: v * p.bytes()})
		}
		p.ADDQ(ldc, p.c)
	}
	p.Label(at("stored"))
}

// loadMasks reads the masks of the two vectors, which no product needs any more, from a
// table of ones followed by zeros.
func (p *productWriter) loadMasks() {
	table := p.maskTable()
	n := p.GP64()
	p.MOVQ(p.field(fieldCols), n)
	p.NEGQ(n)
	from := p.GP64()
	p.LEAQ(table, from)
	for v := range 2 {
		p.move(operand.Mem{Base: from, Index: n, Scale: uint8(p.size), Disp: (2*p.lanes() + v*p.lanes()) * p.size}, p.right[v])
	}
}

// maskTable is 2 vectors of ones and 2 of zeros.
func (p *productWriter) maskTable() operand.Mem {
	if p.maskVectors.Symbol.Name == "" {
		p.maskVectors = p.StaticGlobal("ones" + p.suffix())
		p.DataAttributes(8 | 16) // RODATA, NOPTR
		for i := range 4 * p.bytes() / 8 {
			v := uint64(0)
			if i < 2*p.bytes()/8 {
				v = 1<<64 - 1
			}
			p.AppendDatum(operand.U64(v))
		}
	}
	return p.maskVectors
}
